"""What each act does: something at once, in the transaction that confirms it, and the rest in batches.

What must stop stops at once where one statement can do it: an app that is switched off, a secret that is ended, a person
who is deactivated. Rows that say so, receipts and notices follow.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts import services as people_services
from authorizations.models import Authorization, Connection, OperationsJob, OperationsJobItem
from authorizations.notifications.kinds import NoticeKind
from authorizations.services import app_secrets, personal_endings, revocation_sets, telling
from authorizations.services.incidents import telling as incident_telling
from authorizations.services.operations import selection
from authorizations.services.operations.selection import Selection
from oauthapps import services as app_services
from oauthapps.models import Application
from oauthapps.services.telling import tell_owners

Act = OperationsJob.Act
Outcome = OperationsJobItem.Outcome
Items = list[OperationsJobItem]


@dataclass(frozen=True)
class Stage:
    """`found`: what is still to do, in no order; `run`: does it for some of the keys and says what came of each."""

    found: Callable[[OperationsJob, Selection, datetime], QuerySet[Any]]
    run: Callable[[OperationsJob, Sequence[Any], datetime], Items]


@dataclass(frozen=True)
class Work:
    stages: tuple[Stage, ...] = ()
    at_once: Callable[[OperationsJob, Selection, datetime], Iterator[OperationsJobItem]] | None = None


def item(job: OperationsJob, kind: str, key: Any, outcome: str, now: datetime, **said: Any) -> OperationsJobItem:
    return OperationsJobItem(job=job, subject_type=kind, subject_id=str(key), outcome=outcome, at=now, **said)


def of(authorization: Authorization) -> dict[str, str]:
    return {"person_name": str(authorization.person)[:200], "app_name": authorization.application.name[:255]}


def marks(job: OperationsJob) -> dict[str, str]:
    """What each event of the job carries, so that it is found from the job and the job from it."""
    return {"job": job.reference} | ({"incident": job.incident.reference} if job.incident else {})


# --- at once ---


def switch_off_first(job: OperationsJob, wanted: Selection, now: datetime) -> Iterator[OperationsJobItem]:
    """Of a revocation: whole apps stop with the confirmation, and are then cleared in peace."""
    if job.options.get("switch_off"):
        yield from switch_off(job, wanted, now)


def switch_off(job: OperationsJob, wanted: Selection, now: datetime) -> Iterator[OperationsJobItem]:
    for app in selection.apps(wanted).filter(deleted_at=None).order_by("pk"):
        done = app_services.disable(app, by=job.asked_by, reason=job.reason, now=now)
        yield _switched(job, app, "off", done, now)


def switch_on(job: OperationsJob, wanted: Selection, now: datetime) -> Iterator[OperationsJobItem]:
    for app in selection.apps(wanted).filter(deleted_at=None).order_by("pk"):
        done = app_services.enable(app, by=job.asked_by, now=now, reason=job.reason)
        yield _switched(job, app, "on", done, now)


def _switched(job: OperationsJob, app: Application, what: str, done: bool, now: datetime) -> OperationsJobItem:
    if done:
        detail, about = {"what": what, "reason": job.reason}, ("app", app.client_id)
        tell_owners(app, NoticeKind.APP_SWITCHED, key=f"{what}:{job.reference}", now=now, about=about, detail=detail)
    return item(job, "app", app.pk, Outcome.DONE if done else Outcome.OVER, now, app_name=app.name[:255])


def end_secrets(job: OperationsJob, wanted: Selection, now: datetime) -> Iterator[OperationsJobItem]:
    for secret in selection.secrets(wanted).order_by("pk"):
        ended = app_secrets.end_by_operations(secret, by=job.asked_by, reason=job.reason, now=now)
        said = {"app_name": secret.application.name[:255], "connections": ended[0] if ended else 0}
        yield item(job, "secret", secret.key_id, Outcome.OVER if ended is None else Outcome.DONE, now, **said)


def deactivate(job: OperationsJob, wanted: Selection, now: datetime) -> Iterator[OperationsJobItem]:
    for person in selection.people(wanted).order_by("pk"):
        done = people_services.deactivate(person, by=job.asked_by, reason=job.reason, now=now)
        outcome = Outcome.DONE if done else Outcome.OVER
        yield item(job, "person", person.pk, outcome, now, person_name=str(person)[:200])


def reactivate(job: OperationsJob, wanted: Selection, now: datetime) -> Iterator[OperationsJobItem]:
    for person in selection.people(wanted).order_by("pk"):
        done = people_services.reactivate(person, by=job.asked_by, now=now, reason=job.reason)
        outcome = Outcome.DONE if done else Outcome.OVER
        yield item(job, "person", person.pk, outcome, now, person_name=str(person)[:200])


# --- in batches ---


def _authorizations(job: OperationsJob, wanted: Selection, now: datetime) -> QuerySet[Any]:
    return selection.authorizations(wanted, at=job.counted_at, now=now)


def _connections(job: OperationsJob, wanted: Selection, now: datetime) -> QuerySet[Any]:
    return selection.connections(wanted, at=job.counted_at, now=now)


def _tokens(job: OperationsJob, wanted: Selection, now: datetime) -> QuerySet[Any]:
    if job.options.get("keep"):
        return selection.personal_tokens(wanted, at=job.counted_at, now=now).none()
    return selection.personal_tokens(wanted, at=job.counted_at, now=now)


def _of_the_people(job: OperationsJob, wanted: Selection, now: datetime) -> QuerySet[Any]:
    """`keep`: only switched off, so that everything comes back with the person."""
    found = _authorizations(job, wanted, now)
    return found.none() if job.options.get("keep") else found


def _lost_the_secret(job: OperationsJob, wanted: Selection, now: datetime) -> QuerySet[Any]:
    """Those that had a connection which this job's end of the secret ended."""
    ended = Connection.objects.filter(secret__key_id__in=wanted.secrets, revoked_at=job.confirmed_at)
    return Authorization.objects.live(now).filter(pk__in=ended.values("authorization_id"))


def _revoke(job: OperationsJob, ids: Sequence[Any], now: datetime) -> Items:
    ended = revocation_sets.revoke(ids, by=job.asked_by, reason=job.reason, now=now, detail=marks(job))
    return [*_ended(job, "authorization", ended, now), *_over(job, "authorization", ids, {e.pk for e in ended}, now)]


def _disconnect(job: OperationsJob, ids: Sequence[Any], now: datetime) -> Items:
    ended = revocation_sets.disconnect(ids, by=job.asked_by, reason=job.reason, now=now, detail=marks(job))
    return [*_ended(job, "connection", ended, now), *_over(job, "connection", ids, {e.pk for e in ended}, now)]


def _ended(
    job: OperationsJob, kind: str, ended: Sequence[revocation_sets.Ended], now: datetime
) -> Iterator[OperationsJobItem]:
    for each in ended:
        said = of(each.authorization) | {"receipt": each.receipt, "connections": each.connections}
        yield item(job, kind, each.pk, Outcome.DONE, now, **said)


def _over(
    job: OperationsJob, kind: str, ids: Sequence[Any], ended: set[Any], now: datetime
) -> Iterator[OperationsJobItem]:
    """Somebody was quicker; that is fine, and said."""
    return (item(job, kind, pk, Outcome.OVER, now) for pk in ids if pk not in ended)


def _end_tokens(job: OperationsJob, ids: Sequence[Any], now: datetime) -> Items:
    reason = personal_endings.Ended.ADMINISTRATOR
    ended = personal_endings.revoke_all(ids, by=job.asked_by, reason=reason, now=now)
    done = [item(job, "personal_token", t.pk, Outcome.DONE, now, person_name=str(t.person)[:200]) for t in ended]
    return [*done, *_over(job, "personal_token", ids, {t.pk for t in ended}, now)]


def _tell(what: str) -> Callable[[OperationsJob, Sequence[Any], datetime], Items]:
    def run(job: OperationsJob, ids: Sequence[Any], now: datetime) -> Items:
        found = list(Authorization.objects.filter(pk__in=ids).select_related("person", "application").order_by("pk"))
        others = [a for a in found if a.person_id != job.asked_by_id]
        telling.switched(others, what, key=job.reference, reason=job.reason, now=now)
        return [item(job, "told", a.pk, Outcome.DONE, now, **of(a)) for a in found]

    return run


ACTS: dict[str, Work] = {
    Act.REVOKE: Work((Stage(_authorizations, _revoke),), switch_off_first),
    Act.DISCONNECT: Work((Stage(_connections, _disconnect),)),
    Act.DISABLE: Work((Stage(_authorizations, _tell("off")),), switch_off),
    Act.ENABLE: Work((Stage(_authorizations, _tell("on")),), switch_on),
    Act.END_SECRET: Work((Stage(_lost_the_secret, _tell("secret")),), end_secrets),
    Act.DEACTIVATE: Work((Stage(_of_the_people, _revoke), Stage(_tokens, _end_tokens)), deactivate),
    Act.REACTIVATE: Work((), reactivate),
    Act.TELL: Work(
        (
            Stage(incident_telling.found_people, incident_telling.tell_people),
            Stage(incident_telling.found_owners, incident_telling.tell_owners),
            Stage(incident_telling.found_organizations, incident_telling.tell_administrators),
        )
    ),
}
