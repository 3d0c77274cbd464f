"""What is remembered about consent, tokens and their use."""

from authorizations.models.authorization import Authorization, Connection
from authorizations.models.blocking import BlockedApp
from authorizations.models.brownouts import BrownOut
from authorizations.models.codes import AuthorizationCode
from authorizations.models.event_streams import EventStream
from authorizations.models.exports import Export, ExportPart
from authorizations.models.incidents import EvidencePack, EvidencePiece, Incident
from authorizations.models.keys import SigningKey
from authorizations.models.noticed import Noticed, OrganizationRefusal
from authorizations.models.operations import OperationsJob, OperationsJobItem
from authorizations.models.personal import PersonalAccessToken, PersonalTokenUsage
from authorizations.models.receipts import Receipt, ReceiptItem
from authorizations.models.revocation_rules import RevocationRule
from authorizations.models.rulings import ApprovalRequest, ApprovalRule, ServiceRuling
from authorizations.models.shutting_out import Exclusion, ShutOut
from authorizations.models.task_runs import TaskRun
from authorizations.models.tokens import RevokedAccessToken
from authorizations.models.usage import AppUsage, AuthorizationUsage, OrganizationUsage

__all__ = [
    "AppUsage",
    "ApprovalRequest",
    "ApprovalRule",
    "Authorization",
    "AuthorizationCode",
    "AuthorizationUsage",
    "BlockedApp",
    "BrownOut",
    "Connection",
    "EventStream",
    "EvidencePack",
    "EvidencePiece",
    "Exclusion",
    "Export",
    "ExportPart",
    "Incident",
    "Noticed",
    "OperationsJob",
    "OperationsJobItem",
    "OrganizationRefusal",
    "OrganizationUsage",
    "PersonalAccessToken",
    "PersonalTokenUsage",
    "Receipt",
    "ReceiptItem",
    "RevocationRule",
    "RevokedAccessToken",
    "ServiceRuling",
    "ShutOut",
    "SigningKey",
    "TaskRun",
]
