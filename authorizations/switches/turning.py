"""Switches are turned on and off. Each turn is a row and an event of one transaction."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from authorizations.events.kinds import Kind
from authorizations.events.log import Named, record
from authorizations.switches.models import Switch, SwitchPeriod
from authorizations.switches.reading import memory

LONGEST = timedelta(days=30)
SHORTEST_REASON = 10


class TurnRefused(Exception):
    """`field` names what is wrong, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def check(*, reason: str, told: str = "", until: datetime | None = None, now: datetime) -> None:
    """Raises TurnRefused for the first thing that is wrong."""
    if not SHORTEST_REASON <= len(reason.strip()) <= 500:
        raise TurnRefused("reason", _("Say why, in 10 to 500 characters: who reads the history has to understand it."))
    if len(told) > 300:
        raise TurnRefused("told", _("People are told at most 300 characters."))
    if "\x00" in reason + told:
        raise TurnRefused("reason", _("There is a character in it that cannot be kept. Type it again."))
    if until is not None and until <= now:
        raise TurnRefused("until", _("The end must be in the future."))
    if until is not None and until > now + LONGEST:
        raise TurnRefused("until", _("The end is at most 30 days away. Leave it empty to end it by hand."))


def turn_on(
    switch: Switch,
    *,
    by: Any,
    reason: str,
    told: str = "",
    until: datetime | None = None,
    seen: UUID | None = None,
    now: datetime,
) -> SwitchPeriod:
    """In force in every process a second after this returns. `seen`: the time that stands, where it is to be replaced
    by one with another end or reason; the switch is not off in between. Raises TurnRefused."""
    check(reason=reason, told=told, until=until, now=now)
    made = SwitchPeriod(
        switch=switch, turned_on_at=now, turned_on_by=by, reason=reason.strip(), told=told.strip(), until=until
    )
    try:
        with transaction.atomic():
            _close_over(switch, now)
            if seen is not None:
                _close(SwitchPeriod.objects.filter(pk=seen, switch=switch), by=by, reason=reason, now=now)
            made.save(force_insert=True)
            _record(made, on=True, by=by, reason=made.reason, now=now)
            _tell_this_process()
    except IntegrityError:
        message = _("It is on already: somebody turned it since you looked. Look again before you change it.")
        raise TurnRefused("switch", message) from None
    return made


def turn_off(switch: Switch, *, by: Any, reason: str, now: datetime) -> bool:
    """False when it was off already. Raises TurnRefused."""
    check(reason=reason, now=now)
    with transaction.atomic():
        _close_over(switch, now)
        return bool(_close(SwitchPeriod.objects.filter(switch=switch), by=by, reason=reason.strip(), now=now))


def close_over(now: datetime) -> int:
    """What has reached the end that was said for it. It is off already, by the clock; this writes it down."""
    return sum(_close_over(switch, now) for switch in Switch)


@transaction.atomic
def _close_over(switch: Switch, now: datetime) -> int:
    found = SwitchPeriod.objects.standing().filter(switch=switch, until__lte=now).first()
    # Conditional: two processes may look at once, and one of them writes the event.
    if found is None or not SwitchPeriod.objects.standing().filter(pk=found.pk).update(turned_off_at=found.until):
        return 0
    _record(found, on=False, by=None, reason="its time was over", now=now)
    _tell_this_process()
    return 1


def _close(found: Any, *, by: Any, reason: str, now: datetime) -> int:
    standing = found.standing().first()
    if standing is None:
        return 0
    closed = {"turned_off_at": now, "turned_off_by": by, "off_reason": reason}
    if not SwitchPeriod.objects.standing().filter(pk=standing.pk).update(**closed):
        return 0
    _record(standing, on=False, by=by, reason=reason, now=now)
    _tell_this_process()
    return 1


def _tell_this_process() -> None:
    """Now, for the rest of the transaction, and after it: in between another thread may have read the old state."""
    memory.forget()
    transaction.on_commit(memory.forget)


def _record(period: SwitchPeriod, *, on: bool, by: Named | None, reason: str, now: datetime) -> None:
    detail = {
        "switch": period.switch,
        "on": on,
        "reason": reason,
        "told": period.told if on else "",
        "until": period.until.isoformat() if on and period.until else None,
    }
    record(Kind.SWITCH_TURNED, now=now, actor=by, subject=("switch", period.switch), detail=detail)
