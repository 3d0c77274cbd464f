"""Takes due messages out of the outbox and sends them. At least once; each try is settled before the next."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected
from uuid import UUID

from django.core.mail import EmailMultiAlternatives, get_connection

from authorizations.notifications import mail, outbox, preferences, webhook
from authorizations.notifications.compose import body
from authorizations.notifications.models import Message

log = logging.getLogger(__name__)
MAIL = (Message.Channel.MAIL, Message.Channel.DIGEST)
# Nothing new is begun so close to the end of the claim that another worker might take it too.
MARGIN = timedelta(seconds=60)


@dataclass
class Outcome:
    """What one batch came to. `stopped`: the mail server is away, the next run goes on."""

    claimed: int = 0
    sent: int = 0
    stopped: bool = False
    kinds: Counter[str] = field(default_factory=Counter)  # of what was sent
    given_up: list[Message] = field(default_factory=list)

    def note(self, message: Message) -> None:
        self.sent += 1
        self.kinds[message.notice.kind if message.notice else message.payload.get("type", message.channel)] += 1


class Batch:
    """Claimed messages, one after the other, each read afresh just before it is sent."""

    def __init__(self, channels: tuple[str, ...], now: datetime) -> None:
        self.claimed_at, self._began = now, time.monotonic()
        self.waiting: list[UUID] = outbox.claim(channels, now=now)
        self.outcome = Outcome(claimed=len(self.waiting))

    def __iter__(self) -> Iterator[Message]:
        while self.waiting and self._has_time():
            message = outbox.load(self.waiting.pop(0), claimed_at=self.claimed_at)
            if message:
                yield message
        self.give_back()

    def _has_time(self) -> bool:
        return time.monotonic() - self._began < (outbox.CLAIM - MARGIN).total_seconds()

    def give_back(self, *, due_at: datetime | None = None, problem: str = "") -> None:
        if self.waiting:
            outbox.release(self.waiting, claimed_at=self.claimed_at, due_at=due_at, problem=problem)
        self.waiting = []

    def refused(self, message: Message, problem: str, now: datetime) -> None:
        if outbox.refused(message, problem, now=now):
            self.outcome.given_up.append(message)

    def stop(self, *, due_at: datetime | None = None, problem: str = "") -> None:
        self.outcome.stopped = True
        self.give_back(due_at=due_at, problem=problem)


def deliver_mail(now: datetime) -> Outcome:
    """One batch of mails over one connection to the mail server."""
    batch = Batch(MAIL, now)
    if not batch.waiting:
        return batch.outcome
    server = get_connection()
    try:
        server.open()
    except OSError as error:
        # Nothing was tried, so nothing counts as an attempt, however long the server is away.
        batch.stop(due_at=now + outbox.SERVER_AWAY, problem=f"the mail server is away: {_in_words(error)}")
        log.warning("mail server away: %s", _in_words(error))
        return batch.outcome
    try:
        for message in batch:
            _deliver_one(message, batch, lambda m: server.send_messages([m]), now)
    finally:
        with suppress(OSError):
            server.close()
    return batch.outcome


def _deliver_one(
    message: Message, batch: Batch, send: Callable[[EmailMultiAlternatives], object], now: datetime
) -> None:
    try:
        prepared = _prepared(message, now)
        if prepared is None:
            return
        send(prepared)
    except OSError as error:  # every exception of smtplib is one
        if isinstance(error, SMTPException) and not isinstance(error, SMTPServerDisconnected):
            batch.refused(message, f"refused by the mail server: {_in_words(error)}", now)
        else:
            # Hung up, or silent until the time-out: whether it took the mail is unknown, and the next would wait too.
            outbox.try_again(message, f"the mail server went away: {_in_words(error)}", now=now)
            batch.stop()
    except Exception as error:
        log.exception("mail %s could not be written", message.pk)
        batch.refused(message, f"could not be written: {type(error).__name__}: {error}", now)
    else:
        outbox.sent(message, now=now)
        batch.outcome.note(message)


def _prepared(message: Message, now: datetime) -> EmailMultiAlternatives | None:
    """The mail, or None when it was settled without one."""
    verdict = preferences.verdict(message, now=now)
    if verdict.drop:
        outbox.drop(message, verdict.drop, now=now)
        return None
    if verdict.hold_until:
        outbox.hold(message, verdict.hold_until, "held for the digest")
        return None
    written = mail.write(message, verdict.address)
    if written is None:
        outbox.drop(message, "everything in it was read, or is no longer so", now=now)
    return written


def deliver_webhooks(now: datetime) -> Outcome:
    """One batch of webhook calls. A host that does not answer is asked once a batch."""
    batch, silent = Batch((Message.Channel.WEBHOOK,), now), set[str]()
    for message in batch:
        host = webhook.host_of(message.address)
        if host in silent:
            outbox.hold(message, now + outbox.SERVER_AWAY, f"{host} does not answer")
            continue
        try:
            webhook.post(message.address, body(message.payload), key=str(message.pk), headers=message.headers)
        except webhook.NoAnswer as error:
            silent.add(host)
            batch.refused(message, str(error), now)
        except webhook.Refused as error:
            batch.refused(message, str(error), now)
        except webhook.Forbidden as error:
            outbox.drop(message, str(error), now=now)
        else:
            outbox.sent(message, now=now)
            batch.outcome.note(message)
    return batch.outcome


def _in_words(error: Exception) -> str:
    if isinstance(error, SMTPRecipientsRefused):
        error = SMTPResponseException(*next(iter(error.recipients.values())))
    if isinstance(error, SMTPResponseException):
        answer = error.smtp_error
        said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
        return f"{error.smtp_code} {said}"
    return str(error) or type(error).__name__
