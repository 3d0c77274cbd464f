"""How an app is doing, in one word and one sentence each: what needs its owners comes first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oauthapps import rules
from oauthapps.models import Application, ApplicationSecret

SOON = timedelta(days=14)  # before this, a rotation can wait; the notices begin at 30 days


@dataclass(frozen=True)
class Sign:
    """`tone`: danger, warning or ok, never by colour alone: `label` says it."""

    tone: str
    label: str
    ends_at: datetime | None = None
    tab: str = ""  # where something can be done about it


def signs(app: Application, secrets: Iterable[ApplicationSecret], now: datetime) -> list[Sign]:
    """The worst first; one quiet sign when all is well. `secrets`: those that were not ended."""
    found = [*_switched_off(app), *_secret(app, list(secrets), now), *_legacy(app, now)]
    return sorted(found, key=lambda sign: sign.tone != "danger") or [Sign("ok", _("In order"))]


def _switched_off(app: Application) -> list[Sign]:
    return [Sign("danger", _("Switched off by operations"))] if app.disabled_at else []


def _secret(app: Application, secrets: list[ApplicationSecret], now: datetime) -> list[Sign]:
    if app.is_public:
        return []
    last = max((s.expires_at for s in secrets), default=None)
    if last is None:
        return [Sign("danger", _("Has no secret: it gets no tokens"), tab="secrets")]
    if last <= now:
        return [Sign("danger", _("Secret expired: it gets no tokens"), last, "secrets")]
    if last <= now + SOON:
        return [Sign("warning", _("Secret ends soon"), last, "secrets")]
    return []


def _legacy(app: Application, now: datetime) -> list[Sign]:
    if not app.is_legacy:
        return []
    if rules.legacy_is_over(now, settings.LEGACY_SUNSET):
        return [Sign("danger", _("The legacy model has ended"), tab="migration")]
    days = -((now - settings.LEGACY_SUNSET).total_seconds() // 86_400)
    label = ngettext("Legacy: %(days)d day left", "Legacy: %(days)d days left", int(days)) % {"days": days}
    return [Sign("warning", label, tab="migration")]
