"""What left the portal, for the event log: how many of which kind in a run, and each that was given up."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from authorizations.events.kinds import Kind
from authorizations.events.log import event, record, record_all
from authorizations.events.models import Event
from authorizations.notifications import webhook
from authorizations.notifications.deliver import Outcome
from authorizations.notifications.models import Message


def note(outcomes: Iterable[Outcome], channel: str, *, now: datetime) -> int:
    """Returns how many were sent. One event for all that were, however many."""
    kinds: Counter[str] = Counter()
    given_up: list[Message] = []
    for outcome in outcomes:
        kinds.update(outcome.kinds)
        given_up += outcome.given_up
    if kinds:
        detail = {"channel": channel, "sent": kinds.total(), "kinds": dict(sorted(kinds.items()))}
        record(Kind.NOTICE_SENT, now=now, detail=detail)
    record_all(_given_up(message, now) for message in given_up)
    return kinds.total()


def _given_up(message: Message, now: datetime) -> Event:
    person = message.notice.person if message.notice else message.person
    detail = {"channel": message.channel, "attempts": message.attempts}
    if message.notice:
        detail["kind"] = message.notice.kind
    if message.channel == Message.Channel.WEBHOOK:
        detail["host"] = webhook.host_of(message.address)
    return event(Kind.NOTICE_GIVEN_UP, now=now, person=person, subject=("message", message.pk), detail=detail)
