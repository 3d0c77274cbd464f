"""What is remembered about consent, tokens and their use."""

from authorizations.models.authorization import Authorization, Connection
from authorizations.models.blocking import BlockedApp
from authorizations.models.brownouts import BrownOut
from authorizations.models.codes import AuthorizationCode
from authorizations.models.exports import Export, ExportPart
from authorizations.models.keys import SigningKey
from authorizations.models.receipts import Receipt, ReceiptItem
from authorizations.models.tokens import RevokedAccessToken
from authorizations.models.usage import AppUsage, AuthorizationUsage

__all__ = [
    "AppUsage",
    "Authorization",
    "AuthorizationCode",
    "AuthorizationUsage",
    "BlockedApp",
    "BrownOut",
    "Connection",
    "Export",
    "ExportPart",
    "Receipt",
    "ReceiptItem",
    "RevokedAccessToken",
    "SigningKey",
]
