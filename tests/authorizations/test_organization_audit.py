"""The audit of an organization: its administrators read, filter and take it away, and nobody else does."""

import csv
import io
import json
import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from authorizations.audit.files import cell
from authorizations.audit.words import ACTIONS, sentence
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record, record_all
from authorizations.events.models import Event
from tests import factories, people, whys

PAGE, FILE, LOG = "/contoso/_settings/audit", "/contoso/_settings/audit/download", "/contoso/_apis/audit/auditlog"
NOW = timezone.now()


@pytest.fixture
def contoso(alice, bob):
    made = factories.organization("contoso", alice, bob)
    record(Kind.MEMBER_ADDED, now=NOW - timedelta(days=3), actor=alice, person=bob, organization=made)
    detail = {"policy": "third_party_access", "before": True, "after": False, "why": "=cmd()"}
    record(Kind.POLICY_CHANGED, now=NOW - timedelta(days=2), actor=alice, organization=made, detail=detail)
    return made


@pytest.fixture
def elsewhere(charlie):
    made = factories.organization("fabrikam", charlie)
    record(Kind.PROJECT_CREATED, now=NOW, actor=charlie, organization=made, detail={"name": "Secret plan"})
    return made


def sentences(response):
    text = response.content.decode()
    return re.findall(r'data-event="\d+">.*?<p>(.*?)</p>', text, re.S)


def program(browser, scopes=("vso.auditlog",)):
    token = factories.connect(browser, factories.app(name="Auditor", scopes=list(scopes)))["access_token"]

    def get(path, **query):
        asked = {"api-version": "7.1-preview.1"} | query
        return Client().get(path, asked, HTTP_AUTHORIZATION=f"Bearer {token}")

    return get


def test_an_administrator_reads_what_happened_newest_first(alice_browser, contoso, elsewhere):
    response = alice_browser.get(PAGE)
    assert sentences(response) == [
        "Alice changed the policy “Third-party application access via OAuth”",
        "Bob became a member",
    ]
    assert "Secret plan" not in response.content.decode()


@pytest.mark.parametrize("path", [PAGE, FILE])
def test_a_member_may_not_and_for_a_stranger_it_is_not_there(bob, charlie_browser, elsewhere, contoso, path):
    ask = {PAGE: lambda b: b.get(path), FILE: lambda b: b.post(path, {"format": "csv"})}[path]
    assert ask(people.browser(bob)).status_code == 403
    assert ask(charlie_browser).status_code == 404, "an administrator, of another organization"
    assert ask(Client()).status_code == 302
    assert not Event.objects.filter(name=Kind.AUDIT_DOWNLOADED).exists()


def test_who_was_deactivated_reads_nothing(alice, alice_browser, contoso):
    alice.is_active = False
    alice.save()
    assert alice_browser.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"what": "Policies"}, 1),
        ({"who": "bob"}, 1),
        ({"who": "ALI"}, 2),
        ({"service": "nothing"}, 0),
        ({"since": f"{NOW - timedelta(days=2):%Y-%m-%d}"}, 1),
        ({"until": f"{NOW - timedelta(days=3):%Y-%m-%d}"}, 1),
        ({"since": "2001-01-01", "until": "2001-12-31"}, 0),
        ({"until": "9999-12-31"}, 2),
        ({"before": "made-up"}, 2),
    ],
)
def test_filters_find_what_they_say(alice_browser, contoso, asked, number):
    response = alice_browser.get(PAGE, asked)
    assert response.status_code == 200 and len(sentences(response)) == number


@pytest.mark.parametrize("asked", [{"since": "soon"}, {"what": "made.up"}, {"who": "x" * 101}, {"who": "\x00"}])
def test_a_filter_that_cannot_be_used_is_told(alice_browser, contoso, asked):
    response = alice_browser.get(PAGE, asked)
    assert response.status_code == 400 and 'id="audit-problem"' in response.content.decode()
    assert alice_browser.post(FILE, asked | {"format": "csv"}).status_code == 400


def test_pages_follow_each_other_without_a_gap(alice, alice_browser, contoso):
    record_all(event(Kind.PROJECT_CREATED, now=NOW, actor=alice, organization=contoso) for _ in range(60))
    address, seen = PAGE, []
    while address:
        text = alice_browser.get(address).content.decode()
        seen += re.findall(r'data-event="(\d+)"', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        address = PAGE + following[1] if following else ""
    assert len(seen) == len(set(seen)) == 62


def test_the_download_has_what_the_filters_find_and_is_in_the_audit(alice_browser, contoso):
    response = alice_browser.post(FILE, {"format": "csv", "what": "Policies"})
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert [row["actionId"] for row in rows] == ["Policies.PolicyChanged"]
    noted = Event.objects.get(name=Kind.AUDIT_DOWNLOADED)
    assert noted.organization_id == str(contoso.pk) and noted.detail == {"as": "csv", "what": "Policies"}
    again = json.loads(b"".join(alice_browser.post(FILE, {"format": "json"}).streaming_content))
    assert [e["actionId"] for e in again] == [
        "Auditing.AuditDownloaded",
        "Policies.PolicyChanged",
        "Members.MemberAdded",
    ]


def test_a_download_is_a_post_with_a_known_format(alice_browser, contoso):
    assert alice_browser.get(FILE).status_code == 405
    assert alice_browser.post(FILE, {"format": "exe"}).status_code == 400


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(text):
    assert cell(text) == f"'{text}" and cell("Alice = Bob") == "Alice = Bob"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_event_has_a_sentence(kind, alice, payroll):
    for detail in ({}, {"policy": "token_days", "name": "100 %s"}, {"policy": 7}):
        made = event(kind, now=NOW, actor=alice, person=alice, app=payroll.app, detail=detail)
        assert sentence(made).strip() and sentence(event(kind, now=NOW)).strip()


def test_what_organizations_do_is_in_words():
    nouns = ("organization.", "member.", "project.", "policy.", "approval", "service.", "personal_token.")
    assert {k for k in Kind if k.startswith((*nouns, "revocation_rule.", "audit."))} <= set(ACTIONS)


def test_a_program_of_an_administrator_reads_page_by_page(alice, alice_browser, contoso, elsewhere):
    record_all(event(Kind.PROJECT_CREATED, now=NOW, actor=alice, organization=contoso) for _ in range(5))
    get, token, seen = program(alice_browser), "", []
    for _ in range(9):
        found = get(LOG, batchSize="3", **({"continuationToken": token} if token else {})).json()
        seen += found["decoratedAuditLogEntries"]
        token = found["continuationToken"]
        if not found["hasMore"]:
            break
    assert token is None and len({e["id"] for e in seen}) == len(seen) == 7
    changed = next(e for e in seen if e["actionId"] == "Policies.PolicyChanged")
    assert changed["actorUserId"] == str(alice.pk) and changed["scopeId"] == str(contoso.pk)
    assert changed["category"] == "modify" and changed["data"]["after"] is False
    assert datetime.fromisoformat(changed["timestamp"]) == NOW - timedelta(days=2)


def test_times_limit_what_a_program_reads(alice_browser, contoso):
    get = program(alice_browser)
    since = f"{NOW - timedelta(days=2, hours=1):%Y-%m-%dT%H:%M:%S.000Z}"
    assert len(get(LOG, startTime=since).json()["decoratedAuditLogEntries"]) == 1
    assert len(get(LOG, endTime=since).json()["decoratedAuditLogEntries"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"batchSize": "0"},
        {"batchSize": "1001"},
        {"batchSize": "-5"},
        {"batchSize": "many"},
        {"startTime": "yesterday"},
        {"startTime": "2026-13-45T00:00:00Z"},
        {"startTime": "0001-01-01T00:00:00+14:00"},
        {"startTime": "2026-02-01T00:00:00Z", "endTime": "2026-01-01T00:00:00Z"},
        {"skipAggregation": "perhaps"},
        {"continuationToken": "made-up"},
    ],
)
def test_a_wrong_question_is_400_and_says_what_is_wrong(alice_browser, contoso, query):
    response = program(alice_browser)(LOG, **query)
    assert response.status_code == 400 and response.json()["message"]


def test_a_token_of_another_organization_or_time_is_refused(alice, alice_browser, contoso):
    other = factories.organization("tailspin", alice)
    record_all(event(Kind.PROJECT_CREATED, now=NOW, organization=other) for _ in range(3))
    get = program(alice_browser)
    foreign = get("/tailspin/_apis/audit/auditlog", batchSize="1").json()["continuationToken"]
    assert get(LOG, continuationToken=foreign).status_code == 400
    mine = get(LOG, batchSize="1").json()["continuationToken"]
    assert get(LOG, batchSize="1", continuationToken=mine, startTime="2020-01-01T00:00:00Z").status_code == 400


@pytest.mark.parametrize("call", ["auditlog", "downloadlog", "actions"])
def test_programs_of_others_are_refused_with_a_reason(bob, charlie_browser, alice_browser, contoso, elsewhere, call):
    path = f"/contoso/_apis/audit/{call}"
    member = program(people.browser(bob))(path, format="csv")
    stranger = program(charlie_browser)(path, format="csv")
    lacking = program(alice_browser, ["vso.profile"])(path, format="csv")
    codes = {whys.code_of(whys.rest(r)) for r in (member, stranger, lacking) if r.status_code == 403}
    assert codes == {"administrators_only", "not_a_member", "insufficient_scope"}
    assert Client().get(path).status_code == 401


def test_a_program_downloads_and_that_is_in_the_audit(alice_browser, contoso):
    get = program(alice_browser)
    response = get("/contoso/_apis/audit/downloadlog", format="json")
    assert len(json.loads(b"".join(response.streaming_content))) == 2
    assert Event.objects.filter(name=Kind.AUDIT_DOWNLOADED, organization_id=str(contoso.pk)).count() == 1
    assert get("/contoso/_apis/audit/downloadlog", format="exe").status_code == 400


def test_there_is_a_list_of_what_is_audited(alice_browser, contoso):
    found = program(alice_browser)("/_apis/audit/actions").json()
    assert found["count"] == len(ACTIONS) and {"actionId", "area", "category"} == set(found["value"][0])
    some = program(alice_browser)("/contoso/_apis/audit/actions", areaName="policies").json()["value"]
    assert {action["area"] for action in some} == {"Policies"}


def test_a_page_costs_the_same_for_few_and_for_many(alice, alice_browser, contoso):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert alice_browser.get(PAGE).status_code == 200
        return len(captured)

    few = cost()
    record_all(event(Kind.PROJECT_CREATED, now=NOW, actor=alice, organization=contoso) for _ in range(300))
    assert cost() == few <= 8


def test_an_administrator_who_is_one_no_longer_reads_nothing(alice, alice_browser, contoso, bob):
    contoso.owner = bob
    contoso.save()
    Membership.objects.filter(person=alice).update(administrator=False)
    assert alice_browser.get(PAGE).status_code == 403
