"""The policies of an organization over REST, in the shapes that existing programs send."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import policies, services
from accounts.models import Membership, Organization, PolicyChange
from authorizations.events.models import Event
from tests import factories, people

OAUTH = "Policy.DisallowOAuthAuthentication"
SCOPES = ["vso.security_manage", "vso.auditlog"]


class Program:
    def __init__(self, person: Any, scopes: list[str] = SCOPES) -> None:
        app = factories.app(name=f"Governor of {person}", scopes=scopes)
        self.token = factories.connect(people.browser(person), app)["access_token"]

    def call(
        self, method: str, path: str = "", body: Any = None, kind: str = "application/json-patch+json", **more: Any
    ):
        data = (
            {} if body is None else {"data": body if isinstance(body, str) else json.dumps(body), "content_type": kind}
        )
        version = more.pop("version", "7.1-preview.1")
        slug = more.pop("slug", "contoso")
        address = f"/{slug}/_apis/OrganizationPolicy/Policies{path}?api-version={version}"
        return getattr(Client(), method)(address, HTTP_AUTHORIZATION=f"Bearer {self.token}", **data, **more)

    def set(self, value: Any, name: str = OAUTH, op: Any = "replace", **more: Any):
        return self.call("patch", f"/{name}", [{"from": "", "op": op, "path": "/Value", "value": value}], **more)


@pytest.fixture
def contoso(alice, bob):
    return factories.organization("contoso", alice, bob)


@pytest.fixture
def program(alice, contoso):
    return Program(alice)


def now_in(organization):
    return policies.effective(Organization.objects.get(pk=organization.pk).policies, timezone.now())


def test_every_policy_is_listed_by_its_name_there(program):
    answer = program.call("get")
    said = {p["name"]: p for p in answer.json()["value"]}
    assert answer.json()["count"] == len(said) == 10 and answer["ETag"] == '"0"'
    assert said[OAUTH]["value"] is False and said[OAUTH]["isValueUndefined"] is True  # "disallow": the other way round
    assert said["Policy.OnlyVerifiedPublishers"]["value"] is False


@pytest.mark.parametrize("op", ["replace", 2, "add", "Replace"])
@pytest.mark.parametrize("value", [True, "true"])
def test_a_policy_is_changed_as_the_programs_there_do_it(contoso, program, op, value):
    answer = program.set(value, op=op)
    assert answer.status_code == 200 and answer.json()["value"] is True and answer["ETag"] == '"1"'
    assert now_in(contoso).third_party_access is False
    made = PolicyChange.objects.get()
    assert made.why == "Changed through the REST API by Governor of Alice." and made.made_by_name == "Alice"
    # It refuses the program itself from now on, as every other.
    assert program.call("get").status_code == 403


def test_the_reason_and_the_instant_may_be_said(contoso, program):
    at = timezone.now().replace(microsecond=0) + timedelta(days=3)
    body = [
        {"op": "replace", "path": "/value", "value": True},
        {"op": "add", "path": "/Reason", "value": "Audit of March."},
        {"op": "add", "path": "/EffectiveAt", "value": at.isoformat()},
    ]
    answer = program.call("patch", f"/{OAUTH}", body, kind="application/json")
    assert answer.status_code == 200 and answer.json()["value"] is False
    assert answer.json()["scheduled"]["value"] is True
    made = PolicyChange.objects.get()
    assert made.why == "Audit of March." and made.effective_at == at
    assert now_in(contoso).third_party_access is True


def test_days_and_choices_are_set_too(contoso, program):
    assert program.set(30, "Policy.MaxAuthorizationLifespanInDays").json()["value"] == 30
    assert program.set(None, "Policy.MaxAuthorizationLifespanInDays").json()["value"] is None
    assert program.set("true", "Policy.DisablePATCreation").json()["value"] == "listed"
    assert program.set("packaging", "Policy.DisablePATCreation").json()["value"] == "packaging"
    assert program.set("true", "policy.restrictglobalpersonalaccesstokens").json()["value"] is True
    assert now_in(contoso).all_organizations_tokens is False


def test_the_same_value_again_changes_nothing(program):
    program.set(True, "Policy.OnlyVerifiedPublishers")
    Organization.objects.update(policies={})
    assert program.set(False, "Policy.OnlyVerifiedPublishers").status_code == 200
    assert PolicyChange.objects.count() == 1


def test_a_program_that_read_an_older_version_changes_nothing(contoso, program):
    assert program.set(30, "Policy.MaxAuthorizationLifespanInDays", HTTP_IF_MATCH='"0"').status_code == 200
    answer = program.set(60, "Policy.MaxAuthorizationLifespanInDays", HTTP_IF_MATCH='"0"')
    assert answer.status_code == 412 and now_in(contoso).authorization_days == 30
    assert program.set(60, "Policy.MaxAuthorizationLifespanInDays", HTTP_IF_MATCH='"1"').status_code == 200


def test_a_test_that_does_not_hold_fails_the_whole_patch(contoso, program):
    body = [{"op": "test", "path": "/Value", "value": 7}, {"op": "replace", "path": "/Value", "value": 30}]
    assert program.call("patch", "/Policy.MaxAuthorizationLifespanInDays", body).status_code == 409
    assert now_in(contoso).authorization_days is None
    body[0]["value"] = None
    assert program.call("patch", "/Policy.MaxAuthorizationLifespanInDays", body).status_code == 200


REPLACE = {"op": "replace", "path": "/Value", "value": True}
BAD = [
    "", "{", "null", "{}", "[]", "[1]", '"x"', "[" * 20000,
    [{**REPLACE, "op": "remove"}], [{**REPLACE, "op": 1}], [{**REPLACE, "op": True}], [{**REPLACE, "op": None}],
    [{**REPLACE, "op": []}], [{**REPLACE, "path": "/Name"}], [{**REPLACE, "path": 7}], [{"op": "replace", "path": "/Value"}],
    [{**REPLACE, "value": "maybe"}], [{**REPLACE, "value": {}}], [{**REPLACE, "value": [True]}], [{**REPLACE, "value": None}],
    [REPLACE, {"op": "add", "path": "/Reason", "value": 7}], [REPLACE, {"op": "add", "path": "/Reason", "value": "\ud800"}],
    [REPLACE, {"op": "add", "path": "/Reason", "value": "x" * 501}], [REPLACE, {"op": "add", "path": "/Reason", "value": "\x00"}],
    [REPLACE, {"op": "add", "path": "/EffectiveAt", "value": "tomorrow"}], [REPLACE, {"op": "add", "path": "/EffectiveAt", "value": 7}],
    [REPLACE, {"op": "add", "path": "/EffectiveAt", "value": "2020-01-01T00:00:00Z"}],
    [REPLACE, {"op": "add", "path": "/EffectiveAt", "value": "2026-99-01T00:00:00Z"}],
    [REPLACE, {"op": "add", "path": "/EffectiveAt", "value": "9999-12-31T23:59:59Z"}],
    [{"op": "add", "path": "/Reason", "value": "only"}], [REPLACE] * 21,
]  # fmt: skip


@pytest.mark.parametrize("body", BAD)
def test_a_body_that_makes_no_sense_is_told_so(program, body):
    answer = program.call("patch", f"/{OAUTH}", body)
    assert answer.status_code == 400 and answer.json()["message"], answer.content
    assert not PolicyChange.objects.exists()


def test_other_types_and_versions_and_names_are_refused_in_the_shape_of_errors(program):
    assert program.set(True, kind="text/plain").status_code == 415
    assert program.call("get", version="").json()["typeKey"] == "VssVersionNotSpecifiedException"
    assert program.call("get", "/Policy.Nothing").json()["typeKey"] == "VssResourceNotFoundException"
    assert program.set(True, name="Policy.Nothing").status_code == 404


def test_who_is_no_administrator_there_is_refused(alice, bob, charlie, contoso):
    factories.organization("fabrikam", charlie)
    member, elsewhere = Program(bob), Program(charlie)
    for caller in (member, elsewhere):
        assert caller.call("get").status_code == 403 and caller.set(True).status_code == 403
    # What is not there is answered in the same words as what is not theirs.
    there, nowhere = elsewhere.call("get"), elsewhere.call("get", slug="nowhere")
    assert there.status_code == nowhere.status_code == 403
    assert there.json()["message"].split(" More about")[0] == nowhere.json()["message"].split(" More about")[0]
    assert not PolicyChange.objects.exists()


def test_a_stakeholder_who_administers_sets_no_policy(alice, contoso, program):
    Membership.objects.filter(person=alice).update(access_level="stakeholder")
    assert program.set(True).status_code == 403 and program.call("get").status_code == 403


def test_a_token_without_the_permission_is_refused(alice, contoso):
    reader = Program(alice, ["vso.auditlog"])
    assert reader.call("get").status_code == 200
    answer = reader.set(True)
    assert answer.status_code == 403 and 'scope="vso.security_manage"' in answer["WWW-Authenticate"]
    assert Program(alice, ["vso.project"]).call("get").status_code == 403


def test_a_deactivated_person_and_nobody_are_refused(alice, program):
    assert Client().get("/contoso/_apis/organizationpolicy/policies?api-version=7.1").status_code == 401
    services.deactivate(alice, by=None, reason="left", now=timezone.now())
    assert program.call("get").status_code == 401 and program.set(True).status_code == 401
    assert not Event.objects.filter(name="policy.changed").exists()
