"""Banners about the end of the legacy model: for people who use such services, and for owners of such apps."""

from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from authorizations.models import Authorization, BrownOut
from authorizations.services import sunset
from oauthapps.models import Application

register = template.Library()
NAMED = 3


@register.inclusion_tag("authorizations/_legacy_banner.html")
def legacy_banner(person: User) -> dict[str, Any]:
    """Names the legacy services the person allows, the days left and the next brown-out. Nothing for anybody else."""
    now = timezone.now()
    mine = Authorization.objects.of(person).live(now).filter(application__model="legacy")
    return _banner(list(mine.order_by("application__name").values_list("application__name", flat=True)))


@register.inclusion_tag("oauthapps/_legacy_apps_banner.html")
def legacy_apps_banner(person: User) -> dict[str, Any]:
    mine = Application.objects.of(person).filter(model="legacy")
    return _banner(list(mine.order_by("name").values_list("name", flat=True)))


def _banner(names: list[str]) -> dict[str, Any]:
    if not names:
        return {"names": []}
    now = timezone.now()
    return {
        "names": names[:NAMED],
        "more": max(0, len(names) - NAMED),
        "count": len(names),
        "sunset": settings.LEGACY_SUNSET,
        "days": sunset.days_left(now),
        "brown_out": BrownOut.objects.planned(now).first(),
    }
