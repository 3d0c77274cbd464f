"""An app is deleted: a tombstone stays. What people had approved is ended by `authorizations.services.app_retirement`."""

from datetime import datetime

from django.db import connection

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from oauthapps.models import Application, ApplicationSecret, AppWebhook, OwnerInvitation
from oauthapps.services.registration import RegistrationRefused


def lock_to_delete(app: Application) -> Application:
    """Waits for approvals of the app that are being written, and makes later ones wait. Raises RegistrationRefused."""
    # FOR UPDATE, not NO KEY UPDATE: only that waits for those who hold the app by `hold_standing`.
    locked = Application.objects.select_for_update().get(pk=app.pk)
    if locked.deleted_at is not None:
        raise RegistrationRefused("client_id", "This app was deleted.")
    return locked


def hold_standing(app: Application) -> bool:
    """False when the app was deleted. Else it is not until the transaction ends; any number may hold it at once.

    In the transaction that makes something of the app which a deletion must not overlook. The foreign key alone would
    not do: it is deferred, so the app's row is locked by the commit and no earlier.
    """
    share = " FOR KEY SHARE" if connection.vendor == "postgresql" else ""
    table = connection.ops.quote_name(Application._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT deleted_at IS NULL FROM {table} WHERE id = %s{share}", [app.pk])  # noqa: S608
        return bool(cursor.fetchone()[0])


def bury(app: Application, *, by: User | None, stopped: dict[str, int], now: datetime) -> None:
    """In the caller's transaction, under `lock_to_delete`. Every decision reads `deleted_at`."""
    ended = {"revoked_at": now, "ended_because": ApplicationSecret.Ended.APP_DELETED}
    ApplicationSecret.objects.filter(application=app, revoked_at=None).update(**ended)
    OwnerInvitation.objects.open(now).filter(application=app).update(revoked_at=now)
    AppWebhook.objects.filter(application=app).delete()
    detail = dict[str, object](stopped)
    if app.twin_of_id:
        # The place of the new version becomes free again.
        detail["twin_of"] = app.twin_of.client_id if app.twin_of else ""
    Application.objects.filter(pk=app.pk).update(deleted_at=now, deleted_by=str(by or "")[:200], twin_of=None)
    record(Kind.APP_DELETED, now=now, actor=by, app=app, subject=("app", app.client_id), detail=detail)
