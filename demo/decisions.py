"""What an organization decided before the first start of the demo: approvals, policies, and tokens of its members."""

from datetime import datetime, timedelta
from typing import Any

from accounts import policy_changes
from accounts.models import Organization, User
from authorizations.models import ApprovalRequest
from authorizations.services import rulings
from demo import history
from oauthapps.models import Application


def decided(contoso: Organization, found: dict[str, User], now: datetime) -> None:
    _approvals(contoso, found, now)
    _policies(contoso, found["olivia"], now)
    _tokens(contoso, found, now)


def _approvals(contoso: Organization, found: dict[str, User], now: datetime) -> None:
    """One service that is approved, one that a member asks for, and one that was asked for and denied."""
    boards = Application.objects.get(name="Northwind Boards")
    until = now + timedelta(days=120)
    rulings.approve(contoso, boards, scopes=["vso.work_write", "vso.project"], until=until, by=found["alice"], now=now)
    _asked(
        contoso,
        found["bob"],
        now - timedelta(days=1),
        service="Tailspin Deploy",
        scopes=["vso.release_manage", "vso.code"],
        justification="We want to put the website online without copying files by hand.",
    )
    _asked(
        contoso,
        found["alice"],
        now - timedelta(days=34),
        service="Fabrikam Sync",
        scopes=["vso.code_write", "vso.build"],
        justification="My builds should start when the code changes.",
        state=ApprovalRequest.State.DENIED,
        decided_at=now - timedelta(days=33),
        decided_by=found["olivia"],
        decided_by_name=str(found["olivia"]),
        answer="It may write code, and reading is enough for that. Please ask its makers for less.",
    )


def _asked(organization: Organization, person: User, at: datetime, *, service: str, **said: Any) -> None:
    app = Application.objects.get(name=service)
    until = at + timedelta(days=14)
    ApprovalRequest.objects.create(
        organization=organization, application=app, person=person, asked_at=at, expires_at=until, **said
    )


def _policies(contoso: Organization, by: User, now: datetime) -> None:
    """One that holds, and one that begins by itself."""
    ago = now - timedelta(days=30)
    why = "A token that nobody uses is a key that nobody misses."
    policy_changes.set_policy(
        contoso, "token_idle_days", 90, by=by, why=why, seen_version=contoso.policies_version, now=ago
    )
    contoso.refresh_from_db()
    policy_changes.set_policy(
        contoso,
        "authorization_days",
        365,
        by=by,
        why="Everybody looks once a year at what they allowed.",
        seen_version=contoso.policies_version,
        now=now - timedelta(days=2),
        effective_at=now + timedelta(days=21),
    )


def _tokens(contoso: Organization, found: dict[str, User], now: datetime) -> None:
    history.personal_token(
        found["alice"],
        contoso,
        now,
        name="Nightly backup script",
        scopes=["vso.project", "vso.work"],
        made=40,
        program="python-requests/2.32",
    )
    history.personal_token(
        found["bob"],
        contoso,
        now,
        name="Packages on the build machine",
        scopes=["vso.packaging_write"],
        made=71,
        program="NuGet/6.14 (Linux)",
    )
