"""A legacy app gets its standard twin: the same service, beside it, in the model that stays."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from oauthapps.models import Application, ApplicationSecret
from oauthapps.services import Asker, Registration, create_secret, problems, register, values


class TwinRefused(Exception):
    """Says in a sentence why there will be no (other) twin."""


def twin_of(legacy: Application) -> Application | None:
    return Application.objects.standing().filter(twin_of=legacy).first()


@transaction.atomic
def create_twin(legacy: Application, *, by: User | None, now: datetime) -> tuple[Application, ApplicationSecret, str]:
    """The twin, its first secret, and the value of that, shown once. Raises TwinRefused and RegistrationRefused.

    It has the same name: for people it is the same service, and a badge says which version. It has its own id and
    its own secrets, so that either can be ended alone.
    """
    # Locked: of two owners who press the button at once, one makes the twin and the other sees it.
    locked = Application.objects.standing().select_for_update().filter(pk=legacy.pk).first()
    if locked is None or not locked.is_legacy:
        raise TwinRefused("Only a legacy app has a new version.")
    if twin_of(locked) is not None:
        raise TwinRefused("There is a new version of this app already.")
    Application.objects.filter(twin_of=locked).update(twin_of=None)  # one that was deleted makes room
    kept = values(locked) | {
        "redirect_uris": locked.callbacks,
        "model": "standard",
        "client_type": "confidential",
        "historic_answers": False,
        "resource_server": False,
    }
    registration, owners = Registration(**kept), list(locked.owners.all())
    # What has to be confirmed was, when the legacy app got its name and addresses.
    confirmed = [problem.token for problem in problems(registration, Asker(by, owners)) if problem.confirm]
    twin = register(registration, owners=owners, by=by, now=now, confirmed=confirmed)
    Application.objects.filter(pk=twin.pk).update(twin_of=locked)
    twin.twin_of = locked
    record(
        Kind.APP_TWIN_CREATED,
        now=now,
        actor=by,
        app=locked,
        subject=("app", locked.client_id),
        detail={"twin": twin.client_id},
    )
    secret, value = create_secret(twin, slot="primary", by=by, now=now)
    return twin, secret, value
