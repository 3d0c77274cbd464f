"""What gives a person reason to look twice at who asks, in plain words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from authorizations.pages import hosts
from oauthapps.models import Application
from oauthapps.rules import LOOPBACK

NEW = timedelta(days=30)


@dataclass(frozen=True)
class Doubt:
    """`code` is what the consent's record says was shown."""

    code: str
    text: str


def is_new(app: Application, now: datetime) -> bool:
    return now - app.registered_at < NEW


def about(app: Application, redirect_uri: str, *, familiar: bool, now: datetime) -> list[Doubt]:
    found = [_of_letters(redirect_uri), _of_place(app, redirect_uri), _of_publisher(app, familiar, now)]
    return [doubt for doubt in found if doubt]


def _of_letters(redirect_uri: str) -> Doubt | None:
    host = hosts.host_of(redirect_uri)
    if not hosts.has_foreign_letters(host):
        return None
    said = {"host": host, "readable": hosts.readable_form(host)}
    if hosts.mixes_alphabets(host):
        return Doubt(
            "callback_mixes_alphabets",
            _(
                "The address your answer goes to, %(host)s, mixes letters of different alphabets, so that it can be "
                "taken for another one. A browser may show it as %(readable)s."
            )
            % said,
        )
    return Doubt(
        "callback_has_foreign_letters",
        _(
            "The address your answer goes to, %(host)s, stands for %(readable)s. Letters of other alphabets can look "
            "like the ones you know: make sure that it is the place you mean."
        )
        % said,
    )


def _of_place(app: Application, redirect_uri: str) -> Doubt | None:
    """A proven domain is what counts; without one, the website that the publisher named."""
    host, website = hosts.host_of(redirect_uri), hosts.host_of(app.website)
    if host in LOOPBACK:
        return None
    if app.verified_domain:
        if hosts.is_below(host, app.verified_domain):
            return None
        text = _("Your answer would go to %(host)s. That is not part of %(domain)s, the domain of its publisher.")
        return Doubt("callback_outside_verified_domain", text % {"host": host, "domain": app.verified_domain})
    if website and not hosts.belong_together(host, website):
        text = _("Your answer would go to %(host)s. That is not part of %(website)s, the website it gives.")
        return Doubt("callback_outside_website", text % {"host": host, "website": website})
    return None


def _of_publisher(app: Application, familiar: bool, now: datetime) -> Doubt | None:
    if app.verified_domain or (familiar and not is_new(app, now)):
        return None
    text = _(
        "Nobody has checked who is behind it, and it is new or little known here: anybody may have typed its name."
    )
    return Doubt("publisher_unknown", text)
