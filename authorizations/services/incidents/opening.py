"""The life of an incident: opened, contained, closed. Each step is an event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Incident, OperationsJob
from authorizations.services import receipts
from authorizations.services.incidents.affected import addresses_seen
from authorizations.services.operations.selection import MOST_ADDRESSES, WrongSelection, instant, read_network
from oauthapps.models import Application, ApplicationSecret

State, Subject = Incident.State, Incident.Subject


class IncidentRefused(Exception):
    """`field`: what is wrong. Nothing was changed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Report:
    """What somebody says about an incident, as it was typed."""

    title: str
    subject: str
    what: str  # a client id or the name of an app, a key id, or a range
    since: str
    until: str = ""  # empty: it goes on until now
    what_happened: str = ""


def open_incident(said: Report, *, by: User, now: datetime) -> Incident:
    """Raises IncidentRefused."""
    title = _text("title", said.title, 5, 100)
    story = _text("what_happened", said.what_happened, 0, 4000)
    since, until = _times(said, now)
    key, name = _subject(said)
    addresses = addresses_seen(key, since, until) if said.subject == Subject.ADDRESSES else []
    if len(addresses) > MOST_ADDRESSES:
        raise IncidentRefused(
            "what", f"More than {MOST_ADDRESSES:,} addresses of it were seen. Choose a smaller range."
        )
    return _opened(
        by=by,
        now=now,
        title=title,
        what_happened=story,
        subject=said.subject,
        subject_id=key,
        subject_name=name[:255],
        since=since,
        until=until,
        addresses=addresses,
    )


def _times(said: Report, now: datetime) -> tuple[datetime, datetime]:
    try:
        since, until = instant("since", said.since), instant("until", said.until) or now
    except WrongSelection as wrong:
        raise IncidentRefused(wrong.field, str(wrong)) from None
    if since is None:
        raise IncidentRefused("since", "Say from when it may have been compromised.")
    if since > until:
        raise IncidentRefused("until", "The end is before the beginning.")
    if until > now:
        raise IncidentRefused("until", "That is in the future. Leave it empty when it goes on.")
    return since, until


def _subject(said: Report) -> tuple[str, str]:
    what = said.what.strip()
    if said.subject == Subject.APP:
        found = list(Application.objects.filter(client_id=what)[:1] or Application.objects.filter(name=what)[:2])
        if len(found) != 1:
            text = "Several apps have this name: write the client id." if found else "No app here has this id or name."
            raise IncidentRefused("what", text)
        return found[0].client_id, found[0].name
    if said.subject == Subject.SECRET:
        secret = ApplicationSecret.objects.select_related("application").filter(key_id=what).first()
        if secret is None:
            raise IncidentRefused("what", "No secret here has this key id: its first 16 characters.")
        return secret.key_id, f"a secret of {secret.application.name}"
    if said.subject == Subject.ADDRESSES:
        try:
            network = str(read_network(what))
        except WrongSelection as wrong:
            raise IncidentRefused("what", str(wrong)) from None
        return network, network
    raise IncidentRefused("subject", "It is an app, a secret or a range of addresses.")


def _text(field: str, said: str, least: int, most: int) -> str:
    text = said.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(text) < least:
        raise IncidentRefused(field, "Say it in a few words.")
    if len(text) > most:
        raise IncidentRefused(field, f"At most {most:,} characters.")
    return text


def _opened(*, by: User, now: datetime, **facts: Any) -> Incident:
    for _ in range(4):
        try:
            with transaction.atomic():
                reference = receipts.new_reference("I")
                made = Incident.objects.create(reference=reference, opened_by=by, opened_at=now, **facts)
                detail = {
                    "title": made.title,
                    "subject": made.subject,
                    "subject_id": made.subject_id,
                    "since": made.since.isoformat(),
                    "until": made.until.isoformat(),
                }
                note(Kind.INCIDENT_OPENED, made, by=by, now=now, **detail)
                return made
        except IntegrityError:
            continue  # the reference is taken: once in hundreds of millions
    raise RuntimeError("No free reference was found for an incident.")


def acted(incident: Incident, job: OperationsJob, *, by: User, now: datetime) -> None:
    """A job of the incident was confirmed; in its transaction."""
    if job.act == OperationsJob.Act.TELL:
        note(Kind.INCIDENT_TOLD, incident, by=by, now=now, job=job.reference, counted=job.counted)
    elif job.act in (OperationsJob.Act.ENABLE, OperationsJob.Act.REACTIVATE):
        return
    elif Incident.objects.filter(pk=incident.pk, state=State.OPEN).update(state=State.CONTAINED, contained_at=now):
        note(Kind.INCIDENT_CONTAINED, incident, by=by, now=now, job=job.reference, act=job.act)


@transaction.atomic
def close(incident: Incident, conclusion: str, *, by: User, now: datetime) -> bool:
    """False when it was closed already. Raises IncidentRefused."""
    text = _text("conclusion", conclusion, 10, 4000)
    standing = Incident.objects.filter(pk=incident.pk).exclude(state=State.CLOSED)
    if not standing.update(state=State.CLOSED, closed_at=now, conclusion=text):
        return False
    note(Kind.INCIDENT_CLOSED, incident, by=by, now=now, conclusion=text[:300])
    return True


def note(kind: Kind, incident: Incident, *, by: User | None, now: datetime, **detail: Any) -> None:
    """One line of its timeline."""
    said = {"reference": incident.reference} | detail
    record(kind, now=now, actor=by, subject=("incident", incident.pk), detail=said)
