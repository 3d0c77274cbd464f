"""Ends what is over and forgets what is dead."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from authorizations.models import Authorization, AuthorizationCode, RevokedAccessToken
from authorizations.services.consent import expire

BATCH = 500


@shared_task
def expire_authorizations() -> int:
    """Closes the authorizations whose time is over."""
    now = timezone.now()
    due = Authorization.objects.filter(revoked_at=None, expires_at__lte=now).select_related("person", "application")[
        :BATCH
    ]
    return sum(expire(authorization, now=now) for authorization in due)


@shared_task
def sweep() -> int:
    """Forgets codes and single revocations that are over. Spent codes stay an hour, to recognise a replay."""
    now = timezone.now()
    old = list(
        AuthorizationCode.objects.filter(expires_at__lt=now - timedelta(hours=1)).values_list("pk", flat=True)[:BATCH]
    )
    dead = list(RevokedAccessToken.objects.filter(expires_at__lt=now).values_list("pk", flat=True)[:BATCH])
    removed, _ = AuthorizationCode.objects.filter(pk__in=old).delete()
    also, _ = RevokedAccessToken.objects.filter(pk__in=dead).delete()
    return removed + also
