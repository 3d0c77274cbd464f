"""Every refusal has a code, and every code says what refused, which rule, who can change it, and what to do."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.core import signing
from django.utils import timezone

from accounts.policies import POLICIES
from authorizations import explaining
from authorizations.explaining import EXPLANATIONS, Denial, Step
from authorizations.pages.why_steps import LINKS
from authorizations.policy import Reason
from authorizations.protocol.token import code_of
from authorizations.services.refusals import Refusal
from tests import whys

NOW = timezone.now()
CODES = [*Reason, *Denial]
DOCS = Path(__file__).parent.parent.parent / "docs" / "developers.md"


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_title_rule_who_and_what_to_do(code):
    found = EXPLANATIONS[code]
    for text in (found.title, found.refused, found.rule, found.todo):
        assert len(str(text).strip()) > 10, (code, text)
    assert not str(found.title).endswith(".")
    assert all(str(text).endswith(".") for text in (found.refused, found.rule, found.todo)), code
    assert found.who, code


def test_no_code_means_two_things():
    assert len({str(code) for code in CODES}) == len(CODES)
    assert set(EXPLANATIONS) == set(CODES)


def test_every_refusal_of_a_code_or_refresh_token_has_a_code():
    assert {code_of(refusal) for refusal in Refusal} <= set(CODES)


def test_every_step_leads_somewhere():
    assert set(LINKS) == set(Step)


def test_what_a_rule_names_is_the_title_of_a_policy():
    titles = {str(policy.title) for policy in POLICIES.values()}
    quoted = {
        text.partition("”")[0]
        for found in EXPLANATIONS.values()
        if str(found.rule).startswith("The policy “")
        for text in str(found.rule).split("“")[1:]
    }
    assert quoted and quoted <= titles


def test_the_table_for_developers_has_every_code():
    rows = [line.split("|") for line in DOCS.read_text().splitlines() if line.startswith("| `")]
    told = {cells[1].strip().strip("`"): cells[2].strip() for cells in rows if len(cells) == 5}
    assert {code: told.get(code) for code in map(str, CODES)} == {
        str(code): str(EXPLANATIONS[code].title) for code in CODES
    }


def test_an_unknown_code_is_nobodys():
    assert explaining.find("made_up") is None and explaining.find("") is None


def test_the_address_carries_what_it_was_about_and_nothing_else(alice, payroll):
    connection = uuid4()
    address = explaining.address(
        Reason.ACCESS_LEVEL_TOO_LOW,
        now=NOW,
        person=alice,
        app=payroll.app,
        presented=explaining.Presented("connection", connection),
        scopes=["vso.code"],
    )
    assert whys.code_of(address) == "access_level_too_low"
    signed = signing.loads(_about(address), salt="gatehouse.why")
    assert set(signed) == {"code", "at", "person", "app", "connection", "scopes"}
    about = explaining.read(_about(address), "access_level_too_low")
    assert (about.person, about.app, about.connection, about.scopes) == (
        alice.pk,
        payroll.client_id,
        connection,
        ("vso.code",),
    )


def test_an_address_about_nobody_is_short():
    assert explaining.address(Denial.TOKEN_MISSING, now=NOW) == "http://localhost:8000/why/token_missing"


def test_not_included_and_not_a_member_are_one_address(alice, payroll):
    """Told apart, they would say who belongs where."""
    one, other = (
        explaining.address(reason, now=NOW, person=alice, app=payroll.app, place="fabrikam")
        for reason in (Reason.NOT_A_MEMBER, Reason.ORGANIZATION_NOT_INCLUDED)
    )
    assert one == other


def test_more_scopes_than_anybody_needs_do_not_make_the_address_long(payroll):
    scopes = ["vso.code", "made-up", "vso.work"] * 500
    assert len(explaining.address(Denial.INSUFFICIENT_SCOPE, now=NOW, app=payroll.app, scopes=scopes)) < 700


@pytest.mark.parametrize(
    "spoil",
    [
        lambda signed: "",
        lambda signed: signed[:-3],
        lambda signed: signed[3:],
        lambda signed: signed.swapcase(),
        lambda signed: signing.dumps({"code": "service_blocked"}, salt="gatehouse.other"),
        lambda signed: signing.dumps(["no", "mapping"], salt="gatehouse.why"),
        lambda signed: signing.dumps({"code": "service_blocked", "at": "x"}, salt="gatehouse.why"),
        lambda signed: signing.dumps({"code": "service_blocked", "at": 10**30}, salt="gatehouse.why"),
        lambda signed: signing.dumps({"code": "service_blocked", "at": 1, "person": "x"}, salt="gatehouse.why"),
        lambda signed: signing.dumps({"code": "token_idle", "at": 1}, salt="gatehouse.why"),
        lambda signed: "\x00",
        lambda signed: "x" * 100_000,
    ],
)
def test_what_we_did_not_sign_for_this_code_is_unreadable(alice, spoil):
    signed = _about(explaining.address(Reason.SERVICE_BLOCKED, now=NOW, person=alice))
    explaining.read(signed, "service_blocked")
    with pytest.raises(explaining.Unreadable):
        explaining.read(spoil(signed), "service_blocked")


def _about(address):
    return parse_qs(urlsplit(address).query)["about"][0]
