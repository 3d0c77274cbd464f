"""Exceptions from the cutoff: granted by operations with dates and a reason, spent by one registration."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from oauthapps.models import Application, LegacyException

LONGEST = timedelta(days=90)


class ExceptionRefused(Exception):
    """`field` names what is wrong, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def check_exception(*, person: User, reason: str, valid_from: datetime, valid_until: datetime, now: datetime) -> None:
    """Raises ExceptionRefused for the first thing that is wrong."""
    if not reason.strip() or "\x00" in reason or len(reason) > 500:
        raise ExceptionRefused("reason", "Say why, in at most 500 characters; it is kept for the audit.")
    if not person.is_active:
        raise ExceptionRefused("person", "This person is deactivated.")
    if valid_until <= valid_from:
        raise ExceptionRefused("valid_until", "It must end after it begins.")
    if valid_until <= now:
        raise ExceptionRefused("valid_until", "It would be over already.")
    if valid_until - valid_from > LONGEST:
        raise ExceptionRefused("valid_until", f"At most {LONGEST.days} days: an exception is not a new rule.")


@transaction.atomic
def grant_exception(
    person: User, *, reason: str, valid_from: datetime, valid_until: datetime, by: User, now: datetime
) -> LegacyException:
    """Raises ExceptionRefused."""
    check_exception(person=person, reason=reason, valid_from=valid_from, valid_until=valid_until, now=now)
    made = LegacyException.objects.create(
        person=person, reason=reason, valid_from=valid_from, valid_until=valid_until, granted_by=by, granted_at=now
    )
    detail = {"reason": reason, "valid_from": valid_from.isoformat(), "valid_until": valid_until.isoformat()}
    _record(Kind.LEGACY_EXCEPTION_GRANTED, made, by, now, **detail)
    return made


@transaction.atomic
def withdraw_exception(exception: LegacyException, *, by: User, now: datetime) -> bool:
    """False when it was used or withdrawn before."""
    open_ = LegacyException.objects.filter(pk=exception.pk, used_at=None, withdrawn_at=None)
    if not open_.update(withdrawn_at=now):
        return False
    _record(Kind.LEGACY_EXCEPTION_WITHDRAWN, exception, by, now)
    return True


def live_exception(person: User | None, now: datetime) -> LegacyException | None:
    """The one that ends first."""
    if person is None:
        return None
    return LegacyException.objects.live(now).filter(person=person).order_by("valid_until", "pk").first()


def spend_exception(app: Application, *, by: User | None, now: datetime) -> bool:
    """Call inside the transaction that registers `app`. One conditional statement: an exception makes one app."""
    while found := live_exception(by, now):
        if LegacyException.objects.live(now).filter(pk=found.pk).update(used_at=now, used_by=app):
            _record(Kind.LEGACY_EXCEPTION_USED, found, by, now, app=app.client_id)
            return True
    return False


def _record(kind: Kind, exception: LegacyException, by: User | None, now: datetime, **detail: str) -> None:
    subject = ("legacy_exception", exception.pk)
    record(kind, now=now, actor=by, person=exception.person, subject=subject, detail=detail)
