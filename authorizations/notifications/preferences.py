"""What a person decided about mail, and what follows for one message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from authorizations.notifications import catalogue
from authorizations.notifications.models import MailSettings, Message, Notice

PERIODS = {MailSettings.Digest.DAILY: timedelta(days=1), MailSettings.Digest.WEEKLY: timedelta(days=7)}
DIGEST_HOUR = 7  # UTC
# A held mail looks again a little after its digest should have taken it along.
AFTER_DIGEST = timedelta(minutes=30)


@dataclass(frozen=True)
class Verdict:
    """What happens to a message now: it is dropped with a reason, held, or sent to the address."""

    drop: str = ""
    hold_until: datetime | None = None
    address: str = ""


def of(person: Any) -> MailSettings:
    """The person's settings, or those that hold without any."""
    return getattr(person, "mail_settings", None) or MailSettings(person=person)


def verdict(message: Message, *, now: datetime) -> Verdict:
    if message.address:  # a letter: to an address, whoever reads there
        return Verdict(address=message.address)
    person = message.notice.person if message.notice else message.person
    if person is None:
        return Verdict(drop="nobody to send it to")
    if not person.is_active:
        return Verdict(drop="the person is deactivated")
    if not person.email:
        return Verdict(drop="the person has no e-mail address")
    if message.notice:
        return _about_notice(message.notice, of(person), person.email, now)
    return Verdict(address=person.email)


def _about_notice(notice: Notice, chosen: MailSettings, address: str, now: datetime) -> Verdict:
    if notice.cancelled_at:
        return Verdict(drop="no longer so")
    if catalogue.is_silenced(notice.kind, chosen.silenced):
        return Verdict(drop="the person turned this mail off")
    if chosen.digest_due_at and not catalogue.about(notice.kind).urgent and can_wait(notice.kind):
        return Verdict(hold_until=max(chosen.digest_due_at, now) + AFTER_DIGEST)
    return Verdict(address=address)


def can_wait(kind: str) -> bool:
    return catalogue.can_be_silenced(kind)


def next_digest(digest: str, now: datetime) -> datetime | None:
    """The next morning, or the next Monday morning, UTC."""
    if digest == MailSettings.Digest.OFF:
        return None
    morning = now.astimezone(timezone.get_default_timezone()).replace(
        hour=DIGEST_HOUR, minute=0, second=0, microsecond=0
    )
    if digest == MailSettings.Digest.WEEKLY:
        morning -= timedelta(days=morning.weekday())
    return morning if morning > now else morning + PERIODS[MailSettings.Digest(digest)]


@transaction.atomic
def save(person: Any, *, silenced: Sequence[str], digest: str, now: datetime) -> MailSettings:
    """The person's choice from the settings page; kinds that cannot be turned off are left out."""
    chosen = _locked(person.pk)
    chosen.silenced = [str(kind) for kind in silenced if catalogue.can_be_silenced(kind)]
    _take_digest(chosen, digest, now)
    chosen.save()
    return chosen


@transaction.atomic
def silence(person_id: Any, kind: str, *, now: datetime) -> bool:
    """Turns one kind of mail off (or the digest); False when it was off, or cannot be."""
    chosen = _locked(person_id)
    if kind == "digest":
        changed = chosen.digest != MailSettings.Digest.OFF
        _take_digest(chosen, MailSettings.Digest.OFF, now)
    else:
        changed = catalogue.can_be_silenced(kind) and kind not in chosen.silenced
        chosen.silenced = [*chosen.silenced, kind] if changed else chosen.silenced
    if changed:
        chosen.save()
    return changed


def _locked(person_id: Any) -> MailSettings:
    MailSettings.objects.bulk_create([MailSettings(person_id=person_id)], ignore_conflicts=True)
    return MailSettings.objects.select_for_update().get(person_id=person_id)


def _take_digest(chosen: MailSettings, digest: str, now: datetime) -> None:
    if digest == chosen.digest:
        return
    chosen.digest = MailSettings.Digest(digest)
    chosen.digest_due_at = next_digest(digest, now)
    # What was held for a digest that no longer comes then, or at all, is looked at again.
    held = Message.objects.filter(notice__person_id=chosen.person_id, sent_at=None, dropped_at=None, due_at__gt=now)
    held.filter(attempts=0).update(due_at=now)
