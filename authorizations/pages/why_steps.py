"""What somebody can do about a refusal next: links to pages of ours, each for those alone who may use that page."""

from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from authorizations.explaining import Step
from authorizations.pages.why_case import Case, Role

Link = tuple[Any, str]  # what it says, where it leads


def links(steps: tuple[Step, ...], case: Case) -> list[Link]:
    return [link for step in steps if (link := LINKS[step](case)) is not None]


def _renew(case: Case) -> Link | None:
    found = case.authorization
    if found is None or found.expires_at is None or not found.is_live(timezone.now()):
        return None
    return _("Renew your approval"), reverse("authorizations:renew", args=[found.pk])


def _authorization(case: Case) -> Link | None:
    if case.role is not Role.PERSON:
        return None
    if case.authorization is None:
        return _("Your Authorizations"), reverse("authorizations:list")
    return _("What you approved"), reverse("authorizations:detail", args=[case.authorization.pk])


def _of_organization(name: str, label: Any, may: Callable[[Membership], bool]) -> Callable[[Case], Link | None]:
    def link(case: Case) -> Link | None:
        if case.seat is None or not may(case.seat):
            return None
        return _to(label, f"organization:{name}", case.seat.organization.slug)

    return link


def _of_app(name: str, label: Any) -> Callable[[Case], Link | None]:
    def link(case: Case) -> Link | None:
        if not case.owns or case.app is None:
            return None
        return label, reverse(f"oauthapps:{name}", args=[case.app.client_id])

    return link


def _to(label: Any, name: str, *args: str) -> Link:
    return label, reverse(name, args=args)


def _personal_tokens(case: Case) -> Link | None:
    return _to(_("Your personal tokens"), "authorizations:tokens") if case.role is Role.PERSON else None


def _ask(case: Case) -> Link | None:
    if case.role is not Role.PERSON or case.app is None or case.seat is None:
        return None
    slug = case.seat.organization.slug
    return _to(_("Ask for the approval"), "authorizations:request-new", case.app.client_id, slug)


LINKS: Mapping[Step, Callable[[Case], Link | None]] = {
    Step.RENEW: _renew,
    Step.AUTHORIZATION: _authorization,
    Step.ASK: _ask,
    Step.REVIEW: _of_organization("approvals", _("Requests for services"), lambda seat: seat.reviews),
    Step.PERSONAL_TOKENS: _personal_tokens,
    Step.POLICIES: _of_organization("policies", _("Policies of the organization"), lambda seat: seat.administers),
    Step.SERVICES: _of_organization("services", _("Services of the organization"), lambda seat: seat.administers),
    Step.MEMBERS: _of_organization("members", _("Members of the organization"), lambda seat: seat.administers),
    Step.TOKENS: _of_organization("tokens", _("Tokens of the organization"), lambda seat: seat.administers),
    Step.APP_SETTINGS: _of_app("settings", _("Settings of your app")),
    Step.APP_SECRETS: _of_app("secrets", _("Secrets of your app")),
    Step.APP_MIGRATION: _of_app("migration", _("Migration of your app")),
}
