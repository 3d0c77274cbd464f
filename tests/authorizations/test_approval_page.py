"""What a person sees and chooses on the approval page, and what comes of it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationCode, Connection
from authorizations.services import blocking
from authorizations.services.revocation import revoke_authorization
from tests import factories, people

AUTHORIZE = "/oauth2/v2.0/authorize"


@pytest.fixture
def boards(db):
    return factories.app(
        name="Boards",
        website="https://payroll.example/",
        scopes=["openid", "vso.project", "vso.work"],
        optional_scopes=["vso.code", "vso.build"],
    )


def ask(browser, app, scope, **more):
    return browser.get(app.request(scope=scope, **more))


def text(page):
    return page.content.decode()


def accept(browser, page, **more):
    return factories.decide(browser, page, AUTHORIZE, **more)


def narrow(**fields):
    Authorization.objects.update(**fields)


def give(browser, app, asked, **more):
    return factories.answer_of(accept(browser, ask(browser, app, asked), **more))["code"]


# Organizations


def test_all_organizations_is_what_stands_first(alice, alice_browser, boards):
    factories.organization("contoso", alice)
    give(alice_browser, boards, "vso.project", reach="all")
    assert Authorization.objects.get().organizations is None


def test_only_the_ticked_organizations_are_reached(alice, alice_browser, boards):
    mine, other = factories.organization("contoso", alice), factories.organization("fabrikam", alice)
    code = give(alice_browser, boards, "vso.project", reach="some", organization=[str(mine.pk)])
    assert Authorization.objects.get().organizations == [str(mine.pk)]
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {boards.exchange(code).json()['access_token']}"}
    assert Client().get(f"/{mine.slug}/_apis/projects?api-version=7.1", **bearer).status_code == 200
    assert Client().get(f"/{other.slug}/_apis/projects?api-version=7.1", **bearer).status_code == 403


@pytest.mark.parametrize("posted", [[], ["not-an-id"], ["\x00"], ["00000000-0000-0000-0000-000000000000"]])
def test_organizations_that_are_not_hers_are_refused_on_the_page(alice, alice_browser, boards, posted):
    factories.organization("contoso", alice)
    page = accept(alice_browser, ask(alice_browser, boards, "vso.project"), reach="some", organization=posted)
    assert page.status_code == 400 and 'id="problems-title"' in text(page)
    assert not Authorization.objects.exists()


def test_charlies_organization_is_not_reached_by_naming_it(alice, alice_browser, charlie, boards):
    factories.organization("contoso", alice)
    his = factories.organization("fabrikam", charlie)
    page = accept(alice_browser, ask(alice_browser, boards, "vso.project"), reach="some", organization=[str(his.pk)])
    assert page.status_code == 400 and "Fabrikam" not in text(page) and not Authorization.objects.exists()


def test_after_a_problem_the_choices_are_still_there_and_can_be_sent(alice, alice_browser, boards):
    mine = factories.organization("contoso", alice)
    page = accept(
        alice_browser,
        ask(alice_browser, boards, "vso.project vso.code"),
        reach="some",
        duration="30",
        scope=["vso.code"],
    )
    assert re.search(r'value="30"[^>]* checked', text(page)) and re.search(r'value="some"[^>]* checked', text(page))
    assert re.search(r'value="vso.code"[^>]* checked', text(page))
    done = accept(alice_browser, page, reach="some", duration="30", organization=[str(mine.pk)], scope=["vso.code"])
    assert factories.answer_of(done)["code"] and Authorization.objects.get().organizations == [str(mine.pk)]


def test_an_organization_left_while_the_page_was_open_is_told(alice, alice_browser, boards):
    mine = factories.organization("contoso", alice)
    page = ask(alice_browser, boards, "vso.project")
    Membership.objects.filter(organization=mine, person=alice).delete()
    again = accept(alice_browser, page, reach="some", organization=[str(mine.pk)])
    assert again.status_code == 400 and "do not belong" in text(again) and not Authorization.objects.exists()


def test_upper_bounds_are_shown_per_organization(alice, alice_browser, boards):
    factories.organization("contoso", alice)
    factories.organization("fabrikam", alice)
    Membership.objects.filter(organization__slug="fabrikam").update(access_level="stakeholder")
    page = text(ask(alice_browser, boards, "vso.project vso.code"))
    assert page.count("With your access level there, Stakeholder, it cannot use: Code (read).") == 1


def test_signing_in_alone_offers_no_organizations(alice, alice_browser, payroll):
    factories.organization("contoso", alice)
    page = text(ask(alice_browser, payroll, "openid email"))
    assert 'name="reach"' not in page and "It reaches none of your organizations." in page


# Duration


@pytest.mark.parametrize(("duration", "days"), [("1", 1), ("30", 30), ("90", 90), ("longest", 365)])
def test_the_chosen_duration_is_when_it_ends(alice_browser, boards, duration, days):
    give(alice_browser, boards, "vso.project", duration=duration)
    left = Authorization.objects.get().expires_at - timezone.now()
    assert timedelta(days=days) - timedelta(minutes=1) < left <= timedelta(days=days)


@pytest.mark.parametrize("duration", ["", "keep", "forever", "100000", "-1", "\x00"])
def test_a_duration_that_was_not_offered_is_refused_on_the_page(alice_browser, boards, duration):
    page = accept(alice_browser, ask(alice_browser, boards, "vso.project"), duration=duration)
    assert page.status_code == 400 and "how long" in text(page) and not Authorization.objects.exists()


def test_no_duration_is_offered_that_outlasts_what_the_portal_keeps(alice_browser, boards, settings):
    settings.AUTHORIZATION_LIFETIME = timedelta(days=30)
    page = text(ask(alice_browser, boards, "vso.project"))
    assert "30 days, or until I revoke it" in page and 'value="90"' not in page and 'value="1"' in page


def test_tokens_and_connection_do_not_outlive_the_chosen_day(alice_browser, boards):
    tokens = boards.exchange(give(alice_browser, boards, "openid vso.project", duration="1")).json()
    narrow(expires_at=timezone.now() + timedelta(seconds=90))
    refreshed = boards.refresh(tokens["refresh_token"]).json()
    assert refreshed["expires_in"] <= 90
    narrow(expires_at=timezone.now())
    assert boards.refresh(refreshed["refresh_token"]).json()["error"] == "invalid_grant"
    assert not boards.introspect(refreshed["access_token"])["active"]
    assert Connection.objects.count() == 1


# More than it has


def test_only_what_is_new_is_asked(alice_browser, boards):
    give(alice_browser, boards, "vso.project")
    page = ask(alice_browser, boards, "vso.project vso.work vso.code")
    said, had = text(page), text(page).partition('id="had"')
    assert "Boards asks for more" in said and had[1]
    assert "Project and team (read)" not in had[0] and "Project and team (read)" in had[2]
    assert "Work items (read)" in had[0]


def test_accepting_adds_and_leaves_the_rest_as_it_was(alice, alice_browser, boards):
    mine = factories.organization("contoso", alice)
    factories.organization("fabrikam", alice)
    give(alice_browser, boards, "vso.project", reach="some", organization=[str(mine.pk)], duration="30")
    before = Authorization.objects.get()
    page = ask(alice_browser, boards, "vso.project vso.work vso.code")
    assert re.search(r'value="some"[^>]* checked', text(page)) and re.search(r'value="keep"[^>]* checked', text(page))
    code = factories.answer_of(accept(alice_browser, page))["code"]
    after = Authorization.objects.get()
    assert after.scopes == ["vso.project", "vso.work"] and after.declined == ["vso.code"]
    assert (after.organizations, after.expires_at) == (before.organizations, before.expires_at)
    assert boards.exchange(code).json()["scope"] == "vso.project vso.work"


def test_accepting_can_change_organizations_and_end_where_the_person_says_so(alice, alice_browser, boards):
    factories.organization("contoso", alice)
    give(alice_browser, boards, "vso.project", duration="30")
    mine = str(factories.organization("fabrikam", alice).pk)
    page = ask(alice_browser, boards, "vso.project vso.work")
    accept(alice_browser, page, reach="some", organization=[mine], duration="90")
    after = Authorization.objects.get()
    assert after.organizations == [mine] and after.expires_at > timezone.now() + timedelta(days=89)
    told = Event.objects.get(name="authorization.widened").detail
    assert told["organizations"] == [mine] and told["before"]["organizations"] is None
    assert told["until"] == after.expires_at.isoformat() and told["before"]["until"] < told["until"]


def test_cancelling_keeps_what_stands_and_tells_the_app(alice_browser, boards):
    give(alice_browser, boards, "vso.project")
    before = Authorization.objects.values().get()
    page = ask(alice_browser, boards, "vso.project vso.work")
    answer = factories.answer_of(factories.decide(alice_browser, page, AUTHORIZE, "cancel"))
    assert answer["error"] == "access_denied" and Authorization.objects.values().get() == before


def test_optional_permissions_left_out_are_not_asked_again(alice_browser, boards):
    give(alice_browser, boards, "vso.project")
    give(alice_browser, boards, "vso.project vso.code")
    assert "code" in factories.answer_of(ask(alice_browser, boards, "vso.project vso.code"))


def test_what_it_has_cannot_be_taken_or_given_by_posting_other_boxes(alice_browser, boards):
    give(alice_browser, boards, "vso.project vso.code", scope=["vso.code"])
    page = ask(alice_browser, boards, "vso.project vso.work vso.code")
    accept(alice_browser, page, scope=["vso.build", "vso.code_full", "user_impersonation"])
    assert Authorization.objects.get().scopes == ["vso.project", "vso.code", "vso.work"]


def test_an_authorization_that_narrowed_while_the_page_was_open_is_asked_for_again(alice_browser, boards):
    give(alice_browser, boards, "vso.project vso.code", scope=["vso.code"])
    page = ask(alice_browser, boards, "vso.project vso.code vso.work")
    narrow(scopes=["vso.code"])
    again = accept(alice_browser, page)
    assert again.status_code == 400 and "changed while this page was open" in text(again)
    assert Authorization.objects.get().scopes == ["vso.code"]
    assert "Project and team (read)" in text(again).partition('id="had"')[0]


def test_an_authorization_revoked_while_the_page_was_open_does_not_come_back_unseen(alice, alice_browser, boards):
    give(alice_browser, boards, "vso.project")
    page = ask(alice_browser, boards, "vso.project vso.work")
    revoke_authorization(Authorization.objects.get(), by=alice, reason="revoked", now=timezone.now())
    again = accept(alice_browser, page)
    assert again.status_code == 400 and "Boards asks to act for you" in text(again)
    assert not Authorization.objects.filter(revoked_at=None).exists()
    assert factories.answer_of(accept(alice_browser, again))["code"]


def test_an_app_renamed_while_the_page_was_open_is_shown_again(alice_browser, boards):
    page = ask(alice_browser, boards, "vso.project")
    boards.app.name = "Payroll of Contoso"
    boards.app.save()
    again = accept(alice_browser, page)
    assert again.status_code == 400 and "Payroll of Contoso" in text(again) and not Authorization.objects.exists()


def test_a_permission_made_required_while_the_page_was_open_is_shown_again(alice_browser, boards):
    page = ask(alice_browser, boards, "vso.project vso.code")
    boards.app.scopes, boards.app.optional_scopes = [*boards.app.scopes, "vso.code"], []
    boards.app.save()
    assert accept(alice_browser, page).status_code == 400 and not Authorization.objects.exists()


# Who asks, and what it learns


def test_identity_claims_are_shown_with_their_values(alice, alice_browser, payroll):
    page = text(ask(alice_browser, payroll, "openid profile email"))
    assert "Alice, alice@example.test" in page and str(alice.pk) in page


def test_an_empty_email_is_told(alice, alice_browser, payroll):
    alice.email = ""
    alice.save()
    assert "none is known here" in text(ask(alice_browser, payroll, "openid email"))


@pytest.mark.parametrize(
    ("said", "warning"),
    [
        ({"website": "https://payroll.example/"}, ""),
        ({"website": "https://www.payroll.example/"}, ""),
        ({"website": "https://contoso.test/"}, "That is not part of contoso.test, the website it gives."),
        ({"verified_domain": "payroll.example", "website": "https://contoso.test/"}, ""),
        ({"verified_domain": "contoso.test", "website": "https://payroll.example/"}, "the domain of its publisher"),
    ],
)
def test_a_callback_elsewhere_is_warned_about(alice_browser, said, warning):
    app = factories.app(**said)
    page = text(ask(alice_browser, app, "openid"))
    assert (warning in page) if warning else ("Your answer would go to" not in page)


def test_a_look_alike_callback_is_told_in_ascii(alice_browser):
    callback = "https://p\u0430yroll.example/cb"
    app = factories.app()
    app.app.redirect_uris = callback  # registered before such names were refused
    app.app.save()
    page = text(alice_browser.get(app.request(redirect_uri=callback)))
    assert "xn--pyroll-3nf.example" in page and "mixes letters of different alphabets" in page


def test_a_local_program_is_explained_and_not_compared(alice_browser):
    app = factories.app(redirect_uris=["http://localhost:5000/cb"], website="https://contoso.test/")
    page = text(alice_browser.get(app.request(redirect_uri="http://localhost:5000/cb")))
    assert "a program on this computer" in page and "Your answer would go to" not in page


def test_a_publisher_nobody_knows_is_marked_and_one_that_many_know_is_not(alice_browser, payroll):
    page = text(ask(alice_browser, payroll, "openid"))
    assert (
        "Nobody has checked who is behind it" in page and "Fewer than 10 people" in page and "Registered here" in page
    )
    payroll.app.registered_at = timezone.now() - timedelta(days=60)
    payroll.app.save()
    for n in range(10):
        someone = people.User.objects.create_person(tenant_id=people.CONTOSO, object_id=people.uuid.uuid4())
        Authorization.objects.create(
            person=someone, application=payroll.app, scopes=["openid"], granted_at=timezone.now(), note=str(n)
        )
    page = text(ask(alice_browser, payroll, "openid"))
    assert "Nobody has checked" not in page and "Fewer than 10" not in page and "Registered here" not in page
    assert "not verified" in page


# Refused for good


def told(response):
    """The answer to the service; of the address that explains it, all but the second that is signed into it."""
    answer = factories.answer_of(response)
    return answer | {"error_uri": answer["error_uri"].partition("?")[0]}


def test_an_app_refused_for_good_is_told_so_without_a_page(alice, alice_browser, boards):
    page = ask(alice_browser, boards, "vso.project")
    plain = told(factories.decide(alice_browser, page, AUTHORIZE, "cancel"))
    page = ask(alice_browser, boards, "vso.project")
    assert told(factories.decide(alice_browser, page, AUTHORIZE, "block")) == plain
    assert told(ask(alice_browser, boards, "vso.project")) == plain
    assert told(ask(alice_browser, boards, "vso.project", prompt="none")) == plain
    assert told(ask(alice_browser, boards, "vso.project", prompt="consent")) == plain
    assert Event.objects.filter(name="app.blocked", person_id=str(alice.pk)).count() == 1
    assert not Authorization.objects.exists()


def test_refusing_for_good_is_for_one_person(alice_browser, charlie_browser, boards):
    factories.decide(alice_browser, ask(alice_browser, boards, "vso.project"), AUTHORIZE, "block")
    assert ask(charlie_browser, boards, "vso.project").status_code == 200


def test_what_a_refused_app_has_already_goes_on(alice_browser, boards):
    tokens = boards.exchange(give(alice_browser, boards, "openid vso.project")).json()
    factories.decide(alice_browser, ask(alice_browser, boards, "vso.project vso.work"), AUTHORIZE, "block")
    assert boards.refresh(tokens["refresh_token"]).status_code == 200
    assert "code" in factories.answer_of(ask(alice_browser, boards, "openid vso.project"))
    more = ask(alice_browser, boards, "openid vso.project vso.work")
    assert factories.answer_of(more)["error"] == "access_denied"


def test_a_revoke_is_not_a_block(alice, alice_browser, boards):
    give(alice_browser, boards, "vso.project")
    revoke_authorization(Authorization.objects.get(), by=alice, reason="revoked", now=timezone.now())
    assert ask(alice_browser, boards, "vso.project").status_code == 200


def test_a_page_still_open_in_another_tab_can_be_accepted_after_the_refusal(alice_browser, boards):
    tabs = [ask(alice_browser, boards, "vso.project") for _ in range(2)]
    factories.decide(alice_browser, tabs[0], AUTHORIZE, "block")
    assert "code" in factories.answer_of(accept(alice_browser, tabs[1]))


def test_a_refusal_for_good_can_be_undone(alice, alice_browser, boards):
    factories.decide(alice_browser, ask(alice_browser, boards, "vso.project"), AUTHORIZE, "block")
    page = alice_browser.get("/_usersSettings/authorizations/blocked")
    assert "Boards" in text(page)
    undo = re.search(r'action="([^"]+/undo)"', text(page))[1]
    for _ in range(2):
        assert alice_browser.post(undo).status_code == 302
    assert ask(alice_browser, boards, "vso.project").status_code == 200
    assert Event.objects.filter(name="app.unblocked").count() == 1


def test_charlie_sees_and_undoes_nothing_of_alices(alice, charlie_browser, boards):
    blocked = blocking.block(alice, boards.app, now=timezone.now())
    assert "Boards" not in text(charlie_browser.get("/_usersSettings/authorizations/blocked"))
    for pk in (blocked.pk, blocked.pk + 1000):
        answer = charlie_browser.post(f"/_usersSettings/authorizations/blocked/{pk}/undo", follow=True)
        assert "Boards" not in text(answer) and "Nothing had to be undone" in text(answer)
    assert alice.blocked_apps.count() == 1


def test_nobody_signed_in_sees_no_refused_services(alice, boards):
    blocked = blocking.block(alice, boards.app, now=timezone.now())
    assert Client().get("/_usersSettings/authorizations/blocked").status_code == 302
    assert Client().post(f"/_usersSettings/authorizations/blocked/{blocked.pk}/undo").status_code == 302
    assert alice.blocked_apps.count() == 1


def test_the_list_of_refused_services_is_searched(alice, alice_browser, boards, payroll):
    for app in (boards, payroll):
        blocking.block(alice, app.app, now=timezone.now())
    page = text(alice_browser.get("/_usersSettings/authorizations/blocked?q=board"))
    assert "Boards" in page and "Payroll" not in page
    assert "No service matches" in text(alice_browser.get("/_usersSettings/authorizations/blocked?q=zzz%00"))


# The proof


def test_the_event_proves_what_was_shown_and_answered(alice, alice_browser, boards):
    mine = factories.organization("contoso", alice)
    page = ask(alice_browser, boards, "vso.project vso.code")
    alice_browser.post(
        f"{AUTHORIZE}/decision",
        {
            "ticket": factories.ticket_of(page),
            "decision": "accept",
            "reach": "some",
            "organization": [str(mine.pk)],
            "duration": "30",
        },
        REMOTE_ADDR="203.0.113.9",
        HTTP_USER_AGENT="Browser of Alice",
    )
    event = Event.objects.get(name="authorization.granted")
    assert (event.address, event.user_agent) == ("203.0.113.9", "Browser of Alice")
    told = event.detail
    assert told["scopes"] == ["vso.project"] and told["declined"] == ["vso.code"]
    assert told["organizations"] == [str(mine.pk)] and told["until"].startswith(
        Authorization.objects.get().expires_at.date().isoformat()
    )
    assert told["page_version"] == Authorization.objects.get().page_version == "3"
    assert told["shown"]["view"] == "first" and told["shown"]["optional"] == ["vso.code"]
    assert told["shown"]["warnings"] == ["publisher_unknown"] and told["shown"]["callback"] == factories.CALLBACK


def test_confirming_without_anything_new_is_an_event_of_its_own(alice_browser, boards):
    give(alice_browser, boards, "vso.project")
    page = ask(alice_browser, boards, "vso.project", prompt="consent")
    assert "asks you to confirm" in text(page)
    assert "code" in factories.answer_of(accept(alice_browser, page))
    assert Event.objects.filter(name="consent.confirmed").count() == 1
    assert not Event.objects.filter(name="authorization.widened").exists()


# Time


def later(page_time, **delta):
    return lambda: page_time + timedelta(**delta)


def test_the_page_says_until_when_it_can_be_answered(alice_browser, boards):
    page = text(ask(alice_browser, boards, "vso.project"))
    assert 'data-seconds-left="900"' in page and "You can answer until" in page


def test_more_time_is_given_to_the_same_page(alice_browser, boards, monkeypatch):
    page, start = ask(alice_browser, boards, "vso.project"), timezone.now()
    ticket = factories.ticket_of(page)
    for minutes in (14, 28, 42):
        monkeypatch.setattr(timezone, "now", later(start, minutes=minutes))
        given = alice_browser.post(f"{AUTHORIZE}/more-time", {"ticket": ticket}, HTTP_ACCEPT="application/json").json()
        assert given["seconds"] == 900
        ticket = given["ticket"]
    done = alice_browser.post(f"{AUTHORIZE}/decision", {"ticket": ticket, "decision": "accept"})
    assert "code" in factories.answer_of(done)


def test_a_page_is_not_kept_open_for_more_than_two_hours(alice_browser, boards, monkeypatch):
    ticket, start = factories.ticket_of(ask(alice_browser, boards, "vso.project")), timezone.now()
    seconds = []
    for minutes in range(14, 127, 14):
        monkeypatch.setattr(timezone, "now", later(start, minutes=minutes))
        answer = alice_browser.post(f"{AUTHORIZE}/more-time", {"ticket": ticket}, HTTP_ACCEPT="application/json")
        if answer.status_code == 200:
            ticket = answer.json()["ticket"]
            seconds.append(answer.json()["seconds"])
    assert answer.status_code == 400 and seconds[0] == 900 and 0 < seconds[-1] < 900


def test_without_script_more_time_is_a_new_page_with_the_same_choices(alice, alice_browser, boards, monkeypatch):
    factories.organization("contoso", alice)
    page, start = ask(alice_browser, boards, "vso.project vso.code"), timezone.now()
    monkeypatch.setattr(timezone, "now", later(start, minutes=14))
    form = {"ticket": factories.ticket_of(page), "reach": "some", "duration": "1", "more": "time"}
    again = alice_browser.post(f"{AUTHORIZE}/more-time", form)
    assert again.status_code == 200 and re.search(r'value="1"[^>]* checked', text(again))
    assert not re.search(r'value="vso.code"[^>]* checked', text(again))
    monkeypatch.setattr(timezone, "now", later(start, minutes=28))
    assert "code" in factories.answer_of(accept(alice_browser, again))


def test_an_expired_page_leads_back_to_the_same_request(alice_browser, boards, monkeypatch):
    page, start = ask(alice_browser, boards, "vso.project", state="kept"), timezone.now()
    monkeypatch.setattr(timezone, "now", later(start, minutes=15, seconds=1))
    over = accept(alice_browser, page)
    assert over.status_code == 400 and "This page is over" in text(over) and not AuthorizationCode.objects.exists()
    address = re.search(r'id="start-again" href="([^"]+)"', text(over))[1].replace("&amp;", "&")
    assert factories.answer_of(accept(alice_browser, alice_browser.get(address)))["state"] == "kept"


def test_more_time_needs_the_forgery_token_and_the_same_session(alice, alice_browser, charlie_browser, boards):
    ticket = factories.ticket_of(ask(alice_browser, boards, "vso.project"))
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="accounts.backends.ActivePersonBackend")
    assert strict.post(f"{AUTHORIZE}/more-time", {"ticket": ticket}).status_code == 403
    for browser in (charlie_browser, people.browser(alice), Client()):
        refused = browser.post(f"{AUTHORIZE}/more-time", {"ticket": ticket}, HTTP_ACCEPT="application/json")
        assert refused.status_code == 400 and "ticket" not in refused.json()
    assert alice_browser.get(f"{AUTHORIZE}/more-time").status_code == 405


def test_a_tampered_ticket_offers_no_way_on(alice_browser, boards):
    ticket = factories.ticket_of(ask(alice_browser, boards, "vso.project"))
    answer = alice_browser.post(f"{AUTHORIZE}/decision", {"ticket": ticket[:-2] + "xx", "decision": "accept"})
    assert answer.status_code == 400 and "start-again" not in text(answer)


def test_a_renewed_page_makes_one_code_however_often_it_is_sent(alice_browser, boards):
    page = ask(alice_browser, boards, "openid vso.project")
    ticket = factories.ticket_of(page)
    given = alice_browser.post(f"{AUTHORIZE}/more-time", {"ticket": ticket}, HTTP_ACCEPT="application/json").json()
    for value in (ticket, given["ticket"]):
        alice_browser.post(f"{AUTHORIZE}/decision", {"ticket": value, "decision": "accept"})
    assert AuthorizationCode.objects.count() == 1


# The legacy model


def test_a_legacy_app_offers_the_same_choices_and_hears_its_own_words(alice, alice_browser, legacy_app):
    mine = str(factories.organization("contoso", alice).pk)
    page = alice_browser.get(legacy_app.legacy_request())
    assert "uses a way to connect that ends on" in text(page)
    chosen = {"reach": "some", "organization": [mine], "duration": "30"}
    assert "code" in factories.answer_of(factories.decide(alice_browser, page, "/oauth2/authorize", **chosen))
    standing = Authorization.objects.get()
    assert standing.organizations == [mine] and standing.expires_at < timezone.now() + timedelta(days=31)


def test_a_legacy_app_refused_for_good_hears_access_denied(alice_browser, legacy_app):
    page = alice_browser.get(legacy_app.legacy_request())
    refused = told(factories.decide(alice_browser, page, "/oauth2/authorize", "block"))
    assert refused["error"] == "accessDenied"
    assert told(alice_browser.get(legacy_app.legacy_request())) == refused
