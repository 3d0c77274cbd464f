"""What is said about one refusal."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from authorizations.explaining.denials import Denial
from authorizations.policy import Reason

Code = Reason | Denial


class Who(StrEnum):
    """Who can change that it is refused."""

    PERSON = "person"
    OWNERS = "owners"  # of the app
    ADMINISTRATORS = "administrators"  # of the organization
    REVIEWERS = "reviewers"  # of the organization
    OPERATIONS = "operations"
    TIME = "time"  # it passes by itself


class Step(StrEnum):
    """What somebody can do next, on a page of ours. Each is offered to those alone who can do it."""

    RENEW = "renew"
    AUTHORIZATION = "authorization"
    ASK = "ask"  # for approval
    REVIEW = "review"
    PERSONAL_TOKENS = "personal_tokens"
    POLICIES = "policies"
    SERVICES = "services"
    MEMBERS = "members"
    TOKENS = "tokens"
    APP_SETTINGS = "app_settings"
    APP_SECRETS = "app_secrets"
    APP_MIGRATION = "app_migration"


@dataclass(frozen=True)
class Explanation:
    """`refused`: what refused. `rule`: by which rule. `todo`: what to do next. Texts are translated when they are shown."""

    title: Any
    refused: Any
    rule: Any
    todo: Any
    who: tuple[Who, ...]
    steps: tuple[Step, ...] = ()
    # Whether asking the policy again tells something: not where one request or one value was at fault.
    standing: bool = True
