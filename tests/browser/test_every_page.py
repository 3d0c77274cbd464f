"""Every page of the portal: no axe violation in either colour scheme, nothing that scrolls sideways on a small screen.

Which pages there are is asked of the URL tables: a page that nobody looks at here fails the last test.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import BrowserContext, Page

from tests.browser import steps
from tests.browser.looks import faults
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")

OPEN = {
    "front": "/",
    "genuine": "/genuine",
    "rest-api": "/rest-api",
    "accounts:signin": "/signin",
    "leaked": "/secrets/leaked",
    "authorizations:verify": "/receipts/verify",
    "authorize": "/oauth2/v2.0/authorize?client_id=unknown",
    "legacy-authorize": "/oauth2/authorize?client_id=unknown",
    "authorizations:mail-revoke": "/notices/revoke/cut-off",
    "authorizations:mail-deny": "/notices/deny/cut-off",
    "authorizations:mail-unsubscribe": "/notices/unsubscribe/cut-off",
    "oauthapps:invitation": "/app/invitations/unknown",
    "accounts:invitation": "/_invitations/unknown",
    "authorizations:why": "/why/third_party_access_off",
}
SETTINGS = "/_usersSettings"
ONE = f"{SETTINGS}/authorizations/{{authorization}}"
ALICE = {
    "accounts:profile": f"{SETTINGS}/profile",
    "accounts:previews": f"{SETTINGS}/previewfeatures",
    "accounts:organizations": f"{SETTINGS}/organizations",
    "authorizations:list": f"{SETTINGS}/authorizations",
    "authorizations:blocked": f"{SETTINGS}/authorizations/blocked",
    "authorizations:detail": ONE,
    "authorizations:drop": f"{ONE}/drop?scope=vso.code",
    "authorizations:organizations": f"{ONE}/organizations",
    "authorizations:end": f"{ONE}/end",
    "authorizations:note": f"{ONE}/note",
    "authorizations:renew": f"{ONE}/renew",
    "authorizations:consent-receipt": f"{ONE}/consent",
    "authorizations:end-connection": f"{ONE}/connections/{{connection}}/end",
    "authorizations:end-others": f"{ONE}/connections/{{connection}}/end-others",
    "authorizations:revoke": f"{ONE}/revoke",
    "authorizations:revoke-set": f"{SETTINGS}/authorizations/revoke",
    "authorizations:tokens": f"{SETTINGS}/tokens",
    "authorizations:token-new": f"{SETTINGS}/tokens/new",
    "authorizations:tokens-revoke": f"{SETTINGS}/tokens/revoke",
    "authorizations:token-edit": f"{SETTINGS}/tokens/{{token}}/edit",
    "authorizations:token-regenerate": f"{SETTINGS}/tokens/{{token}}/regenerate",
    "authorizations:token-revoke": f"{SETTINGS}/tokens/{{token}}/revoke",
    "authorizations:requests": f"{SETTINGS}/requests",
    "authorizations:request-new": f"{SETTINGS}/requests/new/{{app}}/contoso",
    "authorizations:notices": f"{SETTINGS}/notifications",
    "authorizations:mail-settings": f"{SETTINGS}/notifications/mail",
    "authorizations:mydata": f"{SETTINGS}/mydata",
    "authorizations:history": f"{SETTINGS}/authorizations/history",
    "authorizations:receipt": f"{SETTINGS}/receipts/{{receipt}}",
}
SERVICES = "/contoso/_settings/services"
ONE_SERVICE = f"{SERVICES}/{{service}}"
ALICE_ADMINISTERS = {
    "organization:services": SERVICES,
    "organization:service": ONE_SERVICE,
    "organization:service-revoke": f"{ONE_SERVICE}/revoke",
    "organization:service-revoke-one": f"{ONE_SERVICE}/revoke/{{person}}",
    "organization:service-block": f"{ONE_SERVICE}/block",
    "organization:service-unblock": f"{ONE_SERVICE}/unblock",
}
APP = "/app/{app}"
DANA = {
    "oauthapps:list": "/app/",
    "oauthapps:register": "/app/register",
    "oauthapps:register-legacy": "/app/register/legacy",
    "oauthapps:cockpit": "/app/legacy",
    "oauthapps:detail": APP,
    "oauthapps:settings": f"{APP}/settings",
    "oauthapps:secrets": f"{APP}/secrets",
    "oauthapps:secret-regenerate": f"{APP}/secrets/primary/regenerate",
    "oauthapps:secret-end": f"{APP}/secrets/primary/end",
    "oauthapps:owners": f"{APP}/owners",
    "oauthapps:use": f"{APP}/use",
    "oauthapps:migration": f"{APP}/migration",
    "oauthapps:danger": f"{APP}/danger",
    "app-preview": f"{APP}/preview",
}
PLACE = "/contoso/_settings"
OWNER = {
    "organization:overview": f"{PLACE}/",
    "organization:members": f"{PLACE}/members",
    "organization:member": f"{PLACE}/members/{{member}}",
    "organization:member-owner": f"{PLACE}/members/{{member}}/owner",
    "organization:member-remove": f"{PLACE}/members/{{member}}/remove",
    "organization:invitations": f"{PLACE}/invitations",
    "organization:projects": f"{PLACE}/projects",
    "organization:project-new": f"{PLACE}/projects/new",
    "organization:project": f"{PLACE}/projects/{{project}}?add=o",
    "organization:project-delete": f"{PLACE}/projects/{{project}}/delete",
    "organization:audit": f"{PLACE}/audit",
    "organization:settings": f"{PLACE}/settings",
    "organization:tokens": f"{PLACE}/tokens",
    "organization:end-tokens": f"{PLACE}/tokens/end?token={{token}}",
    "organization:rules": f"{PLACE}/tokens/rules",
    "organization:new-rule": f"{PLACE}/tokens/rules/new?preview=1&everything=1&why=Stolen",
    "organization:withdraw-rule": f"{PLACE}/tokens/rules/{{rule}}/withdraw",
    "organization:approvals": f"{PLACE}/approvals",
    "organization:approval": f"{PLACE}/approvals/{{request}}",
    "organization:approval-services": f"{PLACE}/approvals/services",
    "organization:approval-service": f"{PLACE}/approvals/services/{{decided}}",
    "organization:approval-rules": f"{PLACE}/approvals/rules",
    "organization:policies": f"{PLACE}/policies",
    "organization:policy": f"{PLACE}/policies/authorization_days",
    "organization:policy-preview": f"{PLACE}/policies/third_party_access/preview?value=false",
}
MEMBER = {"organization:leave": f"{PLACE}/leave"}
OLIVIA = {
    "legacy-operations": "/admin/legacy",
    "operations-find": "/admin/find?q=alice",
    "switches": "/admin/switches",
    "switch": "/admin/switches/read_only",
}
# Answers without a page of their own, acts that are only posted, and the pages that the walks in other files look at.
ELSEWHERE = {
    "microsoft_callback",
    "app-logo",
    *(f"accounts:{name}" for name in ("start", "signout", "switch")),
    *(f"organization:{name}" for name in ("invitation-again", "invitation-withdraw", "previews", "audit-download")),
    *(f"organization:{name}" for name in ("project-add", "project-remove")),
    *(f"organization:{name}" for name in ("approval-rule-move", "approval-rule-delete")),
    "authorizations:request-withdraw",
    *(f"organization:{name}" for name in ("policy-undo", "policy-cancel")),
    *(f"authorizations:{name}" for name in ("unblock", "let-back", "notice-read", "notices-read", "restore")),
    *(f"authorizations:{name}" for name in ("receipt-json", "receipt-text", "consent-receipt-json")),
    *(f"authorizations:{name}" for name in ("mydata-copy", "mydata-stored")),
    *(f"oauthapps:{name}" for name in ("secret", "create-twin", "calendar", "app-calendar", "feed", "feed-end")),
    *(f"oauthapps:{name}" for name in ("webhook", "webhook-remove", "webhook-test")),
    *(f"oauthapps:{name}" for name in ("owner-invite", "owner-withdraw", "owner-remove")),
    *(f"{wire}authorize-{name}" for wire in ("", "legacy-") for name in ("decision", "more-time", "ask")),
    "authorize-continue",
}


def test_the_open_pages(stack: Stack, opened: Callable[..., BrowserContext]) -> None:
    page = opened().new_page()
    assert looked_at(page, stack, OPEN) == []


def test_the_pages_of_a_person(stack: Stack, opened: Callable[..., BrowserContext]) -> None:
    page = signed_in(opened().new_page(), stack, steps.ALICE)
    page.goto(f"{stack.portal}{SETTINGS}/authorizations?q=Northwind")
    found = page.locator("[data-authorization]").first.get_attribute("data-authorization") or ""
    page.goto(f"{stack.portal}{ONE.format(authorization=found)}")
    connection = re.search(r"/connections/([0-9a-f-]{36})/end", page.content())
    assert connection
    ids = {"authorization": found, "connection": connection[1], "receipt": receipt_of_alice(page, stack)}
    page.goto(f"{stack.portal}{SETTINGS}/tokens")
    ids["token"] = page.locator("[data-token]").first.get_attribute("data-token") or ""
    ids["app"] = stack.credentials("standard")["client_id"]
    assert looked_at(page, stack, {name: path.format(**ids) for name, path in ALICE.items()}) == []


def test_the_pages_of_an_organization(stack: Stack, opened: Callable[..., BrowserContext]) -> None:
    page = signed_in(opened().new_page(), stack, steps.ALICE)
    page.goto(f"{stack.portal}{PLACE}/members?q=bob")
    ids = {"member": page.locator("[data-member]").get_attribute("data-member") or ""}
    page.goto(f"{stack.portal}{PLACE}/projects?q=Payroll")
    ids["project"] = (page.locator("#projects a").get_attribute("href") or "").rsplit("/", 1)[1]
    ids |= {"rule": rule_of_alice(page, stack), "token": token_of_a_member(page, stack)}
    page.goto(f"{stack.portal}{PLACE}/approvals")
    ids["request"] = page.locator("[data-request]").first.get_attribute("data-request") or ""
    page.goto(f"{stack.portal}{PLACE}/approvals/services")
    ids["decided"] = (page.locator("#decided a").first.get_attribute("href") or "").rsplit("/", 1)[1]
    assert looked_at(page, stack, {name: path.format(**ids) for name, path in OWNER.items()}) == []
    bob = signed_in(opened().new_page(), stack, "bob@contoso.example")
    assert looked_at(bob, stack, MEMBER) == []


def test_the_pages_of_an_administrator(stack: Stack, opened: Callable[..., BrowserContext]) -> None:
    page = signed_in(opened().new_page(), stack, steps.ALICE)
    page.goto(f"{stack.portal}{SERVICES}")
    service = page.locator("[data-service]").first.get_attribute("data-service") or ""
    page.goto(f"{stack.portal}{ONE_SERVICE.format(service=service)}")
    person = re.search(r"/revoke/([0-9a-f-]{36})", page.content())
    assert person
    ids = {"service": service, "person": person[1]}
    assert looked_at(page, stack, {name: path.format(**ids) for name, path in ALICE_ADMINISTERS.items()}) == []


def test_the_pages_of_a_developer(stack: Stack, opened: Callable[..., BrowserContext]) -> None:
    page = signed_in(opened().new_page(), stack, "dana@fabrikam.example")
    ids = {"app": stack.credentials("legacy")["client_id"]}
    assert looked_at(page, stack, {name: path.format(**ids) for name, path in DANA.items()}) == []


def test_the_pages_of_operations(stack: Stack, opened: Callable[..., BrowserContext]) -> None:
    page = opened().new_page()
    page.goto(f"{stack.portal}/signin?next=/admin/legacy&reason=reauthenticate")
    steps.sign_in(page, "olivia@contoso.example")
    page.wait_for_url(f"{stack.portal}/admin/legacy")
    assert looked_at(page, stack, OLIVIA) == []


def test_no_page_is_left_out() -> None:
    seen = {*OPEN, *ALICE, *ALICE_ADMINISTERS, *OWNER, *MEMBER, *DANA, *OLIVIA}
    assert not seen & ELSEWHERE
    assert set(names(get_resolver("portal.urls"))) - seen - ELSEWHERE == set()


def names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield from [f"{prefix}{entry.name}"] if entry.name else []
        elif entry.namespace != "admin":
            yield from names(entry, f"{entry.namespace}:" if entry.namespace else prefix)


def signed_in(page: Page, stack: Stack, account: str) -> Page:
    page.goto(f"{stack.portal}/signin?next={SETTINGS}/profile")
    steps.sign_in(page, account)
    page.wait_for_url(f"{stack.portal}{SETTINGS}/profile")
    return page


def rule_of_alice(page: Page, stack: Stack) -> str:
    """So old that it refuses nothing."""
    page.goto(f"{stack.portal}{PLACE}/tokens/rules/new?preview=1&scope=vso.code&before=2020-01-01T00:00&why=Stolen")
    page.locator("#rule-confirm").click()
    return page.locator("[data-rule]").first.get_attribute("data-rule") or ""


def token_of_a_member(page: Page, stack: Stack) -> str:
    page.goto(f"{stack.portal}{PLACE}/tokens")
    found = page.locator("[data-token]")
    return (found.first.get_attribute("data-token") or "") if found.count() else ""


def receipt_of_alice(page: Page, stack: Stack) -> str:
    """One of her seeded services is revoked for it."""
    page.goto(f"{stack.portal}{SETTINGS}/authorizations?q=Litware")
    page.goto(f"{stack.portal}{page.locator('[id^=revoke-]').first.get_attribute('href')}")
    page.locator("#revoke-confirm").click()
    page.goto(f"{stack.portal}{SETTINGS}/authorizations/history")
    link = page.locator("a[href*='/receipts/R-']").first.get_attribute("href") or ""
    return link.rsplit("/", 1)[1]


def looked_at(page: Page, stack: Stack, pages: dict[str, str]) -> list[str]:
    problems = []
    for name, path in pages.items():
        response = page.goto(f"{stack.portal}{path}")
        if response is None or response.status >= 500:
            problems.append(f"{name}: {response and response.status}")
        problems += faults(page, name)
    return problems
