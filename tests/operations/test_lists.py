"""Lists of the operations pages: filters that say what they understood, search, and pages by place."""

import re
from datetime import timedelta
from importlib import import_module
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from accounts.operations import counting
from accounts.operations.keysets import Keyset
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.events.models import Event
from authorizations.models import Authorization, Connection, PersonalAccessToken, standing
from authorizations.services.revocation import revoke_authorization
from authorizations.services.sealing import sealer
from oauthapps.models import ApplicationSecret
from tests import factories, people

PLACES = {
    "authorizations": "authorizations/authorization",
    "connections": "authorizations/connection",
    "tokens": "authorizations/personalaccesstoken",
    "events": "events/event",
    "people": "accounts/user",
    "apps": "oauthapps/application",
    "secrets": "oauthapps/applicationsecret",
    "memberships": "accounts/membership",
    "messages": "notifications/message",
}


@pytest.fixture
def auditor(db):
    return people.operations_browser("olivia", "auditor")


def text(page):
    assert page.status_code == 200, page
    return re.sub(r"<[^>]+>", " ", page.content.decode())


def rows(auditor, place, **filters):
    """The pages that the rows of a list link to."""
    page = auditor.get(f"/admin/{PLACES[place]}/?{urlencode(filters)}")
    assert page.status_code == 200, (page.status_code, filters)
    found = page.content.decode().partition('id="result_list"')[2]
    return re.findall(rf'href="/admin/{PLACES[place]}/([^/"]+)/change/', found)


@pytest.fixture
def two(alice, charlie, alice_browser, charlie_browser, payroll, legacy_app):
    """Alice has Payroll, Charlie the legacy app; each with a connection."""
    factories.connect(alice_browser, payroll)
    factories.connect(charlie_browser, legacy_app)
    return Authorization.objects.get(person=alice), Authorization.objects.get(person=charlie)


# Every page


def test_every_list_and_record_opens_for_an_auditor_and_changes_nothing(
    auditor, alice, two, payroll, olivia_organization
):
    factories.personal_token(alice)
    now = timezone.now()
    revoke_authorization(two[0], by=alice, reason="", now=now)
    sealer.seal_next(now + timedelta(minutes=5))
    opened = set()
    for model, page in admin.site._registry.items():
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert auditor.get(reverse(f"{base}_changelist")).status_code == 200, model
        if (record := model.objects.first()) is not None:
            address = reverse(f"{base}_change", args=[record.pk])
            assert auditor.get(address).status_code == 200, model
            assert auditor.post(address, {}).status_code == 403, model
            assert auditor.post(reverse(f"{base}_delete", args=[record.pk]), {"post": "yes"}).status_code == 403, model
            opened.add(model.__name__)
        assert auditor.get(reverse(f"{base}_add")).status_code == 403, model
        assert auditor.get(reverse(f"{base}_change", args=["no-such-thing"])).status_code in {302, 404}, page
    assert {"User", "Application", "Authorization", "Connection", "Event", "EventBlock", "Receipt", "Message"} <= opened


@pytest.fixture
def olivia_organization(db, alice):
    return factories.organization("contoso", alice)


def test_no_digest_and_no_secret_is_on_any_page(auditor, two, payroll):
    connection, secret = Connection.objects.first(), ApplicationSecret.objects.first()
    made = factories.personal_token(two[0].person)
    hidden = {
        connection.refresh_digest,
        secret.digest,
        made.value,
        payroll.secret,
    }
    hidden |= set(PersonalAccessToken.objects.values_list("digest", flat=True))
    for place, key in (
        ("connections", connection.pk),
        ("secrets", secret.pk),
        ("tokens", PersonalAccessToken.objects.get().pk),
    ):
        said = auditor.get(f"/admin/{PLACES[place]}/{key}/change/").content.decode()
        assert not [value for value in hidden if value and value in said], place


# Filters


def test_authorizations_are_filtered(auditor, two, alice, payroll):
    his, hers = str(two[1].pk), str(two[0].pk)
    assert set(rows(auditor, "authorizations")) == {his, hers}
    assert rows(auditor, "authorizations", model="legacy") == [his]
    assert rows(auditor, "authorizations", person=alice.pk) == [hers]
    assert rows(auditor, "authorizations", app=payroll.client_id) == [hers]
    assert rows(auditor, "authorizations", scope="vso.work") == [his]
    assert rows(auditor, "authorizations", q="alice payroll") == [hers]
    assert rows(auditor, "authorizations", q="alice classic") == []
    assert rows(auditor, "authorizations", q=his) == [his]
    assert rows(auditor, "authorizations", state="ended") == []
    revoke_authorization(two[0], by=alice, reason="", now=timezone.now())
    assert rows(auditor, "authorizations", state="ended") == [hers]
    assert rows(auditor, "authorizations", state="live") == [his]
    assert rows(auditor, "authorizations", since="2099-01-01") == []
    Authorization.objects.filter(pk=his).update(scopes=["user_impersonation"])
    assert rows(auditor, "authorizations", high="on") == [his]
    place = factories.organization("contoso", alice)
    assert rows(auditor, "authorizations", organization=place.pk) == []
    assert rows(auditor, "connections", app=two[1].application.client_id) == [str(two[1].connections.get().pk)]
    assert set(rows(auditor, "connections", state="live")) == {
        str(c.pk) for c in Connection.objects.filter(revoked_at=None)
    }


def test_a_token_of_an_app_s_own_is_shown_with_its_address_or_when_asked_for(auditor, payroll):
    made = event(Kind.TOKEN_ISSUED, now=timezone.now(), app=payroll.app, subject=("app", payroll.client_id))
    made.address = "192.0.2.7"
    record_all([made])
    issued = str(Event.objects.get(name="token.issued").pk)
    assert issued not in rows(auditor, "events", app=payroll.client_id)
    for asked in ({"address": "192.0.2.7"}, {"name": "token.issued"}):
        assert rows(auditor, "events", **asked) == [issued]
    for asked in ({"app": payroll.client_id}, {"subject": payroll.client_id}):
        assert issued in rows(auditor, "events", routine="on", **asked)


def test_the_refreshes_of_an_authorization_are_shown_when_asked_for(auditor, two, payroll):
    held = Authorization.objects.get(application=payroll.app)
    record_all(
        [event(Kind.TOKEN_REFRESHED, now=timezone.now(), person=held.person, subject=("authorization", held.pk))]
    )
    refreshed = str(Event.objects.get(name="token.refreshed").pk)
    assert refreshed in rows(auditor, "events", subject=str(held.pk), routine="on")
    assert refreshed not in rows(auditor, "events", subject=str(held.pk))


def test_events_are_filtered_by_kind_address_request_and_time(auditor, alice, bob):
    now = timezone.now()
    made = [
        event(Kind.PERSON_SIGNED_IN, now=now - timedelta(days=2), person=alice, actor=alice),
        event(Kind.PERSON_SIGN_IN_REFUSED, now=now, person=bob, detail={"reason": "not a member"}),
        event(Kind.PERSON_DEACTIVATED, now=now, person=bob, actor=alice),
        event(Kind.TOKEN_REFRESHED, now=now, person=bob, actor=bob),
    ]
    made[0].address, made[1].request_id = "192.0.2.7", "abcdef0123456789"
    record_all(made)
    signed, refused, deactivated, refreshed = (
        str(pk) for pk in Event.objects.order_by("pk").values_list("pk", flat=True)
    )
    assert set(rows(auditor, "events")) == {signed, refused, deactivated}
    assert refreshed in rows(auditor, "events", routine="on") and rows(auditor, "events", name="token.refreshed") == [
        refreshed
    ]
    assert rows(auditor, "events", name="person.signed_in") == [signed]
    assert rows(auditor, "events", address="192.0.2.7") == [signed]
    assert rows(auditor, "events", request="abcdef0123456789") == [refused]
    assert rows(auditor, "events", reason="not a member") == [refused]
    assert rows(auditor, "events", person=bob.pk) == [deactivated, refused]
    assert rows(auditor, "events", actor=alice.pk) == [deactivated]
    day = (now - timedelta(days=2)).strftime("%Y-%m-%d")
    assert rows(auditor, "events", since=day, until=day) == [signed]
    assert "Alice deactivated Bob" in text(auditor.get("/admin/events/event/"))


def test_people_and_apps_are_found_by_the_beginnings_of_words_and_by_ids(auditor, alice, two, payroll):
    assert rows(auditor, "people", q="ali") == [str(alice.pk)]
    assert rows(auditor, "people", q="alice@example.test") == [str(alice.pk)]
    assert rows(auditor, "people", q=alice.object_id) == [str(alice.pk)]
    assert rows(auditor, "people", role="auditor") and rows(auditor, "people", q="zzz") == []
    assert rows(auditor, "apps", q="payr conto") == [str(payroll.app.pk)]
    assert rows(auditor, "apps", q=payroll.client_id) == [str(payroll.app.pk)]
    assert auditor.get(f"/admin/oauthapps/application/{payroll.client_id}/change/").status_code == 200
    secret = payroll.app.secrets.get()
    assert rows(auditor, "secrets", q=payroll.secret) == [str(secret.pk)]


# Wrong input


@pytest.mark.parametrize(
    ("place", "query", "said"),
    [
        ("events", "since=yesterday", "Write a date such as 2026-11-26"),
        ("events", "until=9999-12-31", ""),
        ("events", "since=0000-00-00", "Write a date such as"),
        ("events", "since=2026-02-01&until=2026-01-01", "before the beginning"),
        ("events", "name=no.such.kind", "Select a valid choice"),
        ("events", "nonsense=1", "There is no filter “nonsense” here"),
        ("events", "person__password=x", "There is no filter"),
        ("events", "after=zzz", ""),
        ("events", "before=2026-01-01T00:00:00~1", ""),
        ("events", "after=2026-01-01T00:00:00+00:00~99999999999999999999", ""),
        ("events", "p=999999&o=7", ""),
        ("events", "address=%00", "Null characters are not allowed"),
        ("authorizations", "person=42", "Enter a valid UUID"),
        ("authorizations", "state=gone", "Select a valid choice"),
        ("authorizations", "q=%00", "Null characters are not allowed"),
        ("authorizations", "q=%27%3B--%20%28", ""),
        ("people", "q=%25%5F%27%22%5C%3A*%7C%26", ""),
        ("memberships", "organization=x", "Enter a valid UUID"),
        ("messages", "state=lost", "Select a valid choice"),
    ],
)
def test_a_wrong_filter_gets_a_sentence(auditor, place, query, said):
    page = auditor.get(f"/admin/{PLACES[place]}/?{query}", follow=True)
    assert said in text(page)


# Pages by place


def test_pages_lead_there_and_back_and_lose_nothing(auditor, alice, monkeypatch):
    monkeypatch.setattr("authorizations.admin.events.EventAdmin.list_per_page", 10)
    now = timezone.now()
    # Several in one instant, which the id settles.
    record_all(event(Kind.PERSON_SIGNED_IN, now=now - timedelta(seconds=n // 4), person=alice) for n in range(35))
    wanted = [str(pk) for pk in Event.objects.order_by("-at", "-id").values_list("pk", flat=True)]
    address, seen, back = "/admin/events/event/", [], ""
    while address:
        page = auditor.get(address).content.decode()
        seen += re.findall(r'href="/admin/events/event/(\d+)/change/', page.partition('id="result_list"')[2])
        older = re.search(r'href="([^"]+)" id="page-older"', page)
        newer = re.search(r'href="([^"]+)" id="page-newer"', page)
        back = newer[1].replace("&amp;", "&") if newer else back
        address = "/admin/events/event/" + older[1].replace("&amp;", "&") if older else ""
    assert seen == wanted
    page = auditor.get("/admin/events/event/" + back).content.decode()
    found = re.findall(r'href="/admin/events/event/(\d+)/change/', page.partition('id="result_list"')[2])
    assert found == wanted[20:30] and 'id="page-newest"' in page


def test_a_count_stops_at_its_cap(alice):
    record_all(event(Kind.PERSON_SIGNED_IN, now=timezone.now(), person=alice) for _ in range(12))
    assert str(counting.capped(Event.objects.all(), 10)) == "more than 10"
    assert str(counting.capped(Event.objects.all(), 12)) == "12"


def test_a_place_is_read_back_as_it_was_written(alice):
    record_all([event(Kind.PERSON_SIGNED_IN, now=timezone.now(), person=alice)])
    keyset, row = Keyset(("at", "id")), Event.objects.get()
    assert keyset.read(Event, keyset.write(row)) == [row.at, row.pk]
    assert keyset.read(Event, "") is None and keyset.read(Event, "1~2~3") is None


def test_the_index_of_high_privileges_has_the_catalogues_list():
    migration = import_module("authorizations.migrations.0019_looked_up")
    assert list(migration.HIGH_PRIVILEGE) == sorted(standing.HIGH_PRIVILEGE)
