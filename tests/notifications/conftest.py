"""A mail server, and notices to send."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from authorizations.notifications.compose import Draft, tell
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Message
from tests.notifications.mailserver import Server


@pytest.fixture
def mail_server(settings: Any) -> Iterator[Server]:
    server = Server()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 1
    settings.DEFAULT_FROM_EMAIL = "Gatehouse <no-reply@id.example>"
    server.start()
    yield server
    server.stop()


@pytest.fixture
def told(db: Any) -> Callable[..., Message]:
    """Tells a person something; returns the mail that waits."""

    def tell_one(
        person: Any, kind: NoticeKind = NoticeKind.AUTHORIZATION_EXPIRED, *, now: datetime | None = None, **said: Any
    ) -> Message:
        key = said.pop("key", str(Message.objects.count()))
        draft = Draft(kind, person.pk, key, **said)
        tell([draft], now=now or timezone.now())
        return Message.objects.get(notice_id=draft.id)

    return tell_one


@pytest.fixture
def app_named() -> Callable[[str], Any]:
    """An app as far as a notice knows it."""

    def named(name: str) -> Any:
        return type("App", (), {"client_id": name, "name": name})()

    return named
