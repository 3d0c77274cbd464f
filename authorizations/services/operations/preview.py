"""What an act would do, counted before it is done; and the signed record of what somebody was shown."""

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import Count, QuerySet

from authorizations.models import Authorization, Connection, OperationsJob
from authorizations.services.operations import reach, selection
from authorizations.services.operations.selection import Selection
from oauthapps.models import Application

Act = OperationsJob.Act
FRESH = timedelta(minutes=10)
DAYS = 30
SAMPLE = 10
SERVICES = 10
FEW = 10  # below this, "more than half of everything" says nothing
SALT = "gatehouse.operations.preview"


@dataclass(frozen=True)
class Counted:
    people: int = 0
    authorizations: int = 0
    connections: int = 0
    organizations: int = 0
    services: int = 0
    calls: int = 0  # of the last 30 days
    personal_tokens: int = 0
    subjects: int = 0  # apps, secrets or people that the act names


@dataclass(frozen=True)
class Preview:
    act: str
    wanted: Selection
    counted: Counted
    at: datetime
    services: list[tuple[str, int]] = field(default_factory=list)
    sample: list[Authorization] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    share: float = 0.0  # of all authorizations in force

    @property
    def everyone(self) -> bool:
        """It asks for a second confirmation: nothing limits it, or it is more than half of all there is."""
        broad = self.act in (Act.REVOKE, Act.DISCONNECT) and not self.wanted.limited
        return broad or (self.share > 0.5 and self.counted.people > FEW)

    @property
    def empty(self) -> bool:
        if self.act == Act.REVOKE:
            return not self.counted.authorizations
        return not (self.counted.connections if self.act == Act.DISCONNECT else self.counted.subjects)

    def signed(self) -> str:
        """What was shown, as only this portal can write it. It holds no secret, and goes through the browser."""
        return sign(self.act, self.wanted, asdict(self.counted), self.at, everyone=self.everyone)


def sign(act: str, wanted: Selection, counted: dict[str, int], at: datetime, *, everyone: bool = False) -> str:
    said = {
        "act": act,
        "query": wanted.as_json(),
        "counted": counted,
        "at": at.isoformat(),
        "everyone": everyone,
    }
    return signing.dumps(said, salt=SALT, compress=True)


@dataclass(frozen=True)
class Shown:
    """What somebody was shown, read back."""

    act: str
    wanted: Selection
    counted: dict[str, int]
    at: datetime
    everyone: bool

    def is_fresh(self, now: datetime) -> bool:
        return self.at <= now < self.at + FRESH


def read(token: str) -> Shown | None:
    """None for anything that this portal did not sign."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=SALT)
        wanted = selection.from_json(said["query"])
    except (signing.BadSignature, selection.WrongSelection, KeyError, ValueError):
        return None
    return Shown(said["act"], wanted, said["counted"], datetime.fromisoformat(said["at"]), said["everyone"])


def count(act: str, wanted: Selection, *, now: datetime) -> Preview:
    """Raises WrongSelection."""
    if act == Act.DISCONNECT:
        wanted = replace(wanted, moment="connected")
    wanted = selection.located(selection.check(wanted), at=now)
    found = touched(act, wanted, at=now, now=now)
    open_ = _connections(act, wanted, now)
    people = found.order_by().values("person_id").distinct().count()
    number = found.order_by().count()
    names = _subjects(act, wanted)
    since = (now - timedelta(days=DAYS - 1)).date()
    tokens = selection.personal_tokens(wanted, at=now, now=now).count() if act == Act.DEACTIVATE else 0
    counted = Counted(
        people=max(people, len(names) if act in (Act.DEACTIVATE, Act.REACTIVATE) else 0),
        authorizations=number,
        connections=open_.count(),
        organizations=reach.organizations(found).count(),
        services=found.order_by().values("application_id").distinct().count(),
        calls=sum(number for _, number in reach.calls(found, reach.Facet.ENDPOINT, since, now.date())),
        personal_tokens=tokens,
        subjects=len(names),
    )
    every = Authorization.objects.live(now).count()
    return Preview(
        act,
        wanted,
        counted,
        now,
        services=_services(found),
        sample=list(found.select_related("person", "application").order_by("pk")[:SAMPLE]),
        subjects=names[:SAMPLE],
        share=number / every if every else 0.0,
    )


def touched(act: str, wanted: Selection, *, at: datetime, now: datetime) -> QuerySet[Authorization]:
    """The authorizations in force that the act ends, interrupts or brings back to work."""
    found = selection.authorizations(wanted, at=at, now=now)
    if act == Act.DISCONNECT:
        return found.filter(pk__in=selection.connections(wanted, at=at, now=now).values("authorization_id"))
    if act == Act.END_SECRET:
        return found.filter(pk__in=_of_secrets(wanted, now).values("authorization_id"))
    return found


def _connections(act: str, wanted: Selection, now: datetime) -> QuerySet[Connection]:
    if act == Act.DISCONNECT:
        return selection.connections(wanted, at=now, now=now)
    if act == Act.END_SECRET:
        return _of_secrets(wanted, now)
    found = touched(act, wanted, at=now, now=now)
    return Connection.objects.filter(authorization__in=found.values("pk"), revoked_at=None, expires_at__gt=now)


def _of_secrets(wanted: Selection, now: datetime) -> QuerySet[Connection]:
    return Connection.objects.filter(secret__key_id__in=wanted.secrets, revoked_at=None, expires_at__gt=now)


def _subjects(act: str, wanted: Selection) -> list[str]:
    """What the act is done to, apart from authorizations: only what it would change."""
    if act == Act.DISABLE:
        return [str(a) for a in selection.apps(wanted).filter(disabled_at=None, deleted_at=None)]
    if act == Act.ENABLE:
        return [str(a) for a in selection.apps(wanted).filter(disabled_at__isnull=False, deleted_at=None)]
    if act == Act.END_SECRET:
        return [f"{s} of {s.application}" for s in selection.secrets(wanted).filter(revoked_at=None)]
    if act == Act.DEACTIVATE:
        return [str(p) for p in selection.people(wanted).filter(is_active=True)]
    if act == Act.REACTIVATE:
        return [str(p) for p in selection.people(wanted).filter(is_active=False)]
    return []


def _services(found: QuerySet[Authorization]) -> list[tuple[str, int]]:
    rows = found.order_by().values_list("application_id").annotate(number=Count("pk")).order_by("-number")[:SERVICES]
    counted = dict(rows)
    names = dict(Application.objects.filter(pk__in=counted).values_list("pk", "name"))
    return [(names[pk], number) for pk, number in counted.items()]
