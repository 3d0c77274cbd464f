"""The way back from a mis-click: for ten minutes a consent can be restored by the person who revoked it.

What comes back is the consent: same permissions, same organizations, same end. Its connections, codes and tokens stay
dead; the service connects again, silently, because the consent is known.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.models import Authorization, Receipt, ReceiptItem
from authorizations.services.revocation import close_codes, close_connections

WINDOW = timedelta(minutes=10)


class NewerConsent(Exception):
    """The person approved the service anew while this was going on."""


def restorable(receipt: Receipt, *, now: datetime) -> QuerySet[Authorization]:
    """Those that their person may still bring back: revoked by this receipt, nobody else's doing, app still there."""
    newer = Authorization.objects.filter(
        person_id=OuterRef("person_id"), application_id=OuterRef("application_id"), revoked_at=None
    )
    found = Authorization.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now),
        ~Exists(newer),
        person_id=receipt.person_id,
        receipt_items__receipt=receipt,
        receipt_items__connection_id=None,
        revoked_by=str(receipt.person_id),
        # Exactly this revocation: a consent that was restored and revoked again has another receipt.
        revoked_at=receipt.at,
        revoked_at__gt=now - WINDOW,
        reason=Authorization.Ended.REVOKED,
        application__disabled_at=None,
    )
    return found.exclude(application__model="legacy") if now >= settings.LEGACY_SUNSET else found


def restore(receipt: Receipt, *, by: User, now: datetime, only: UUID | None = None) -> int:
    """How many consents came back; 0 when it is too late for all of them. Raises NewerConsent."""
    if by.pk != receipt.person_id or receipt.what == Receipt.What.CONNECTION:
        return 0
    try:
        with transaction.atomic():
            return _restore(receipt, by, now, only)
    except IntegrityError as error:
        # one_live_authorization: two consents of one person for one service must not both stand.
        raise NewerConsent from error


def _restore(receipt: Receipt, by: User, now: datetime, only: UUID | None) -> int:
    wanted = restorable(receipt, now=now)
    if only is not None:
        wanted = wanted.filter(pk=only)
    locked = Authorization.objects.select_for_update(of=("self",), no_key=True).select_related("application")
    back = list(locked.filter(pk__in=list(wanted.values_list("pk", flat=True))).order_by("pk"))
    found = [a.pk for a in back if a.revoked_at == receipt.at]
    if not found:
        return 0
    # Closed again, before the consent stands: an exchange that was under way while it was revoked may have finished.
    close_codes(found, now=now)
    close_connections(found, now=now)
    revived = Authorization.objects.filter(pk__in=found, revoked_at=receipt.at, revoked_at__gt=now - WINDOW).update(
        revoked_at=None, revoked_by="", reason=""
    )
    ReceiptItem.objects.filter(receipt=receipt, authorization_id__in=found).update(restored_at=now)
    record_all(_events(back, found, receipt, by, now))
    return revived


def _events(back: list[Authorization], found: Collection[UUID], receipt: Receipt, by: User, now: datetime) -> list:
    return [
        event(
            Kind.AUTHORIZATION_RESTORED,
            now=now,
            actor=by,
            person=by,
            app=authorization.application,
            subject=("authorization", authorization.pk),
            detail={"receipt": receipt.reference},
        )
        for authorization in back
        if authorization.pk in found
    ]
