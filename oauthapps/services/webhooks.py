"""An app's webhook: an address of its owners that is told what they are told, signed."""

import hashlib
import hmac
import secrets as random
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.notifications import compose, webhook
from authorizations.notifications.models import Message
from oauthapps.models import Application, AppWebhook
from oauthapps.services.registration import RegistrationRefused

LONGEST_ADDRESS = 2000
SIGNATURE = "X-Gatehouse-Signature-256"


@transaction.atomic
def set_webhook(app: Application, address: str, *, by: User | None, now: datetime) -> tuple[AppWebhook, str]:
    """The webhook and its signing key, shown once: a changed address gets a new key. Raises RegistrationRefused."""
    check_address(address)
    said = {"address": address, "key_version": random.token_hex(16), "changed_at": now}
    made, _ = AppWebhook.objects.update_or_create(
        application=app, defaults=said, create_defaults=said | {"created_at": now}
    )
    _changed(app, by, now, address)
    return made, made.signing_key


@transaction.atomic
def remove_webhook(app: Application, *, by: User | None, now: datetime) -> bool:
    removed, _ = AppWebhook.objects.filter(application=app).delete()
    if removed:
        _changed(app, by, now, "")
    return bool(removed)


def _changed(app: Application, by: User | None, now: datetime, address: str) -> None:
    # Only the host: an address may carry a key of the receiver in its path.
    detail = {"host": webhook.host_of(address)}
    record(Kind.WEBHOOK_CHANGED, now=now, actor=by, app=app, subject=("app", app.client_id), detail=detail)


def check_address(address: str) -> None:
    """https to a public address. Where the name leads is looked at again at each call. Raises RegistrationRefused."""
    if len(address) > LONGEST_ADDRESS:
        raise RegistrationRefused("address", f"An address has at most {LONGEST_ADDRESS} characters.")
    try:
        webhook.check(address)
    except (webhook.Forbidden, webhook.NoAnswer) as problem:
        raise RegistrationRefused("address", str(problem)) from problem


def announce(app: Application, event: str, data: dict[str, Any], *, key: str, now: datetime) -> bool:
    """Queues one call to the app's webhook, if it has one. `data` holds no secret."""
    hook = AppWebhook.objects.filter(application=app).first()
    if hook is None:
        return False
    payload = {
        "id": str(uuid.uuid5(compose.NAMESPACE, f"webhook-event\x00{app.client_id}\x00{key}")),
        "type": event,
        "at": now.isoformat(),
        "app": {"client_id": app.client_id, "name": app.name},
        "data": data,
    }
    headers = {SIGNATURE: sign(hook.signing_key, compose.body(payload)), "X-Gatehouse-Event": event}
    compose.post(hook.address, payload, key=f"{app.client_id}:{key}", now=now, headers=headers)
    return True


def sign(key: str, body: bytes) -> str:
    return "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


TEST = "webhook.test"
BETWEEN_TESTS = timedelta(seconds=10)


def test(app: Application, *, by: User, now: datetime) -> bool:
    """Queues a call that says nothing happened, at most one in ten seconds. False without a webhook."""
    turn = int(now.timestamp() // BETWEEN_TESTS.total_seconds())
    return announce(app, TEST, {"by": str(by)}, key=f"{TEST}:{turn}", now=now)


def deliveries(hook: AppWebhook, most: int = 5) -> list[Message]:
    """The latest calls to the address since it was set, and how they went."""
    found = Message.objects.filter(
        channel=Message.Channel.WEBHOOK,
        address=hook.address,
        created_at__gte=hook.changed_at,
        payload__app__client_id=hook.application.client_id,
    )
    return list(found.order_by("-created_at")[:most])
