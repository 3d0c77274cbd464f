"""What happened with an authorization: complete, in order, in plain words, a page at a time."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from authorizations import timeline
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import Authorization, AuthorizationUsage
from authorizations.notifications.models import Notice
from authorizations.pages import happenings
from tests import factories

NOW = timezone.now()
LIST = "/_usersSettings/authorizations"


@pytest.fixture
def alices(connected):
    return Authorization.objects.select_related("person", "application").get()


def event(authorization, kind, at, **more):
    values = {
        "actor": authorization.person,
        "person": authorization.person,
        "app": authorization.application,
        "subject": ("authorization", authorization.pk),
    } | more
    return record(kind, now=at, **values)


def every(authorization):
    """All pages, one after the other."""
    found, before = [], None
    while True:
        entries, before = timeline.page(authorization, before)
        found += entries
        if before is None:
            return found
        before = timeline.read_cursor(str(before))  # as it comes back in the address


def test_pages_lose_nothing_and_repeat_nothing_even_at_one_instant(alices):
    then = NOW - timedelta(days=200)
    Authorization.objects.update(granted_at=then - timedelta(days=1))
    alices.refresh_from_db()
    for _ in range(60):
        event(alices, Kind.CONNECTION_CREATED, then)
    for n in range(40):
        day = (then - timedelta(days=n)).date()
        AuthorizationUsage.objects.create(authorization=alices, day=day, facet="endpoint", value="api", calls=n + 1)
    for n in range(30):
        Notice.objects.create(
            id=f"00000000-0000-4000-8000-{n:012}",
            person=alices.person,
            kind="service.connected",
            about_type="authorization",
            about_id=str(alices.pk),
            created_at=then,
        )
    event(alices, Kind.CONSENT_REFUSED, then, subject=("app", alices.application.client_id))
    found = every(alices)
    keys = [entry.key for entry in found if not entry.calls]
    assert keys == sorted(keys, reverse=True) and len(set(keys)) == len(keys)
    # 60 connections, a refusal, a granting and a connection of the fixture; 30 notices
    assert len([entry for entry in found if not entry.calls]) == 63 + 30
    days = [day for entry in found for day, _ in entry.calls]
    assert len(days) == len(set(days)) == 40


def test_routine_is_told_by_the_calls_of_the_day(alices, payroll, connected):
    payroll.refresh(connected["refresh_token"])
    AuthorizationUsage.objects.create(authorization=alices, day=NOW.date(), facet="endpoint", value="api", calls=9)
    AuthorizationUsage.objects.create(authorization=alices, day=NOW.date(), facet="scope", value="vso.work", calls=9)
    titles = [happenings.told(entry, {})["said"].title for entry in every(alices)]
    assert titles == ["9 calls on 1 day", "It connected", "You approved it"]


def test_the_calls_of_a_month_are_one_entry_above_what_happened_before_its_last_call(alices):
    Authorization.objects.update(granted_at=NOW)
    first = NOW.date().replace(day=1) - timedelta(days=1)
    for back in (0, 3, 40):
        day = first - timedelta(days=back)
        AuthorizationUsage.objects.create(authorization=alices, day=day, facet="endpoint", value="api", calls=5)
    months = [happenings.told(entry, {}) for entry in every(alices) if entry.calls]
    assert [m["said"].title for m in months] == ["10 calls on 2 days", "5 calls on 1 day"]
    assert months[0]["series"].calls == (5, 0, 0, 5) and months[0]["period"].endswith(f"{first:%b %Y}")


@pytest.mark.parametrize(
    "text", ["", "x", "1-2-3-4", "9" * 70 + "-2-1", "1-9-1", "1-1-no-uuid", "\x00", "1-0-2026-01-01"]
)
def test_an_odd_cursor_shows_the_newest(alice_browser, alices, text):
    assert timeline.read_cursor(text) is None or text == "1-2-3-4"
    assert alice_browser.get(f"{LIST}/{alices.pk}", {"before": text}).status_code == 200


def test_each_kind_is_told_in_words(alice, bob, alices):
    place = factories.organization("contoso", alice)
    names = {str(place.pk): "Contoso"}
    cases = [
        (
            Kind.AUTHORIZATION_WIDENED,
            {"added": ["vso.work"], "organizations": None},
            "You gave it more permissions",
            "Work items (read)",
        ),
        (Kind.AUTHORIZATION_WIDENED, {"organizations": None}, "You let it reach more", "All your organizations"),
        (Kind.AUTHORIZATION_NARROWED, {"dropped": ["vso.work"]}, "You dropped permissions", "Work items (read)"),
        (Kind.AUTHORIZATION_NARROWED, {"organizations": [str(place.pk)]}, "You limited where it reaches", "Contoso"),
        (Kind.AUTHORIZATION_NOTED, {}, "You changed your note", ""),
        (Kind.AUTHORIZATION_REVOKED, {"reason": "revoked"}, "You revoked it", ""),
        (Kind.CONNECTION_REVOKED, {"reason": "ended by the person"}, "You ended a connection", ""),
    ]
    for kind, detail, title, text in cases:
        said = happenings._event(event(alices, kind, NOW, detail=detail), names)
        assert (said.title, said.text) == (title, text)
    by_bob = happenings._event(event(alices, Kind.AUTHORIZATION_REVOKED, NOW, actor=bob, detail={"reason": "x"}), {})
    assert by_bob.title == "Bob revoked it" and by_bob.text == "x"


def test_every_kind_about_an_authorization_or_a_connection_has_its_words():
    about = {kind for kind in Kind if kind.startswith(("authorization.", "connection."))}
    assert about <= set(happenings.WRITERS)


def test_a_kind_without_words_is_told_all_the_same(alices):
    said = happenings._event(event(alices, Kind.PERSON_REACTIVATED, NOW), {})
    assert said.title == "Person reactivated"


def test_earlier_entries_are_a_link_that_works_without_javascript(alice_browser, alices):
    for n in range(30):
        event(alices, Kind.CONNECTION_CREATED, NOW + timedelta(minutes=n + 1))
    page = alice_browser.get(f"{LIST}/{alices.pk}").content.decode()
    (following,) = re.findall(r'href="\?(before=[^"#]+)#timeline"', page)
    assert "You approved it" not in page
    assert "You approved it" in alice_browser.get(f"{LIST}/{alices.pk}?{following}").content.decode()
