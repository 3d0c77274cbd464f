"""The policy as a table: each rule refuses with its own reason, and the earlier rule is the one told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from authorizations.policy import (
    RULES,
    AppFacts,
    ConnectionFacts,
    ConsentFacts,
    Facts,
    PersonalTokenFacts,
    PlaceFacts,
    Reason,
    ServiceRules,
    TokenRules,
    decide,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SCOPES = frozenset({"vso.profile", "vso.project"})
ASKED = frozenset({"vso.profile"})
GOOD = Facts(
    now=NOW,
    app=AppFacts(enabled=True, legacy=True, scopes=SCOPES),
    legacy_sunset=NOW + timedelta(days=1),
    person_active=True,
    consent=ConsentFacts(SCOPES, revoked=False, expires_at=NOW + timedelta(days=1), given_at=NOW - timedelta(days=30)),
    connection=ConnectionFacts(
        revoked=False, expires_at=NOW + timedelta(days=1), begun_at=NOW - timedelta(days=30), scopes=SCOPES
    ),
    place=PlaceFacts(member=True, included=True, carried=SCOPES),
)


def app(facts, **changes):
    return facts._replace(app=facts.app._replace(**changes))


def consent(facts, **changes):
    return facts._replace(consent=facts.consent._replace(**changes))


def conn(facts, **changes):
    return facts._replace(connection=facts.connection._replace(**changes))


def services(facts, **changes):
    return facts._replace(place=replace(facts.place, services=replace(facts.place.services, **changes)))


# In the order of the rules; each spoils one fact.
SPOILED = [
    (Reason.APP_DISABLED, lambda f: app(f, enabled=False)),
    (Reason.MODEL_ENDED, lambda f: f._replace(legacy_sunset=NOW)),
    (Reason.BROWN_OUT, lambda f: f._replace(brown_out_ends=NOW + timedelta(minutes=1))),
    (Reason.LEGACY_STOPPED, lambda f: f._replace(legacy_stopped=True)),
    (Reason.PERSON_INACTIVE, lambda f: f._replace(person_active=False)),
    (Reason.AUTHORIZATION_REVOKED, lambda f: consent(f, revoked=True)),
    (Reason.AUTHORIZATION_EXPIRED, lambda f: consent(f, expires_at=NOW)),
    (Reason.CONNECTION_REVOKED, lambda f: conn(f, revoked=True)),
    (Reason.CONNECTION_EXPIRED, lambda f: conn(f, expires_at=NOW)),
    (Reason.TOKEN_REVOKED, lambda f: conn(f, token_revoked=True)),
    (Reason.SECRET_ENDED, lambda f: app(f, secret_live=False)),
    (Reason.SCOPE_NOT_REGISTERED, lambda f: app(f, scopes=frozenset({"vso.project"}))),
    (Reason.SCOPE_NOT_CONSENTED, lambda f: consent(f, scopes=frozenset({"vso.project"}))),
    (Reason.NOT_A_MEMBER, lambda f: f._replace(place=replace(f.place, member=False))),
    (Reason.ORGANIZATION_NOT_INCLUDED, lambda f: f._replace(place=replace(f.place, included=False))),
    (Reason.THIRD_PARTY_ACCESS_OFF, lambda f: services(f, third_party_access=False)),
    (Reason.SERVICE_BLOCKED, lambda f: services(f, blocked=True)),
    (Reason.PUBLISHER_NOT_VERIFIED, lambda f: services(f, publisher_accepted=False)),
    (Reason.SHUT_OUT, lambda f: f._replace(place=replace(f.place, shut_out=True))),
    (Reason.AUTHORIZATION_TOO_OLD, lambda f: services(f, longest=timedelta(days=30))),
    (Reason.RULED_OUT, lambda f: f._replace(place=replace(f.place, ruled_out=((NOW, frozenset({"vso.profile"})),)))),
    (Reason.ACCESS_LEVEL_TOO_LOW, lambda f: f._replace(place=replace(f.place, carried=frozenset({"vso.project"})))),
    (Reason.APPROVAL_NEEDED, lambda f: services(f, approved=frozenset({"vso.project"}))),
    (Reason.ISSUING_STOPPED, lambda f: f._replace(issuance_closed=Reason.ISSUING_STOPPED)),
]


# What an organization says about personal access tokens, in the order of its questions.
PERSONAL = GOOD._replace(
    personal_token=PersonalTokenFacts(
        full=True,
        every_organization=True,
        begun_at=NOW - timedelta(days=30),
        expires_at=NOW + timedelta(days=1),
        last_used_at=NOW - timedelta(days=10),
    ),
)
SPOILED_PERSONAL = [
    (Reason.TOKEN_FULL_SCOPE, {"full_scope": False}),
    (Reason.TOKEN_ALL_ORGANIZATIONS, {"every_organization": False}),
    (Reason.TOKEN_LIFE_TOO_LONG, {"longest": timedelta(days=30)}),
    (Reason.TOKEN_IDLE, {"idle": timedelta(days=10)}),
]


@pytest.mark.parametrize(("reason", "rules"), SPOILED_PERSONAL, ids=[r.value for r, _ in SPOILED_PERSONAL])
def test_what_an_organization_says_about_personal_tokens_binds_them_alone(reason, rules):
    place = replace(GOOD.place, tokens=TokenRules(**rules))
    assert decide(ASKED, PERSONAL._replace(place=place)).reason is reason
    assert decide(ASKED, GOOD._replace(place=place)).allowed


def test_what_an_organization_says_about_services_does_not_bind_personal_tokens():
    off = ServiceRules(
        third_party_access=False, blocked=True, publisher_accepted=False, approved=frozenset(), longest=timedelta(0)
    )
    assert decide(ASKED, PERSONAL._replace(place=replace(GOOD.place, services=off))).allowed


def test_a_personal_token_that_an_administrator_ended_is_refused_there():
    facts = PERSONAL._replace(personal_token=replace(PERSONAL.personal_token, shut_out=True))
    assert decide(ASKED, facts).reason is Reason.TOKEN_SHUT_OUT
    assert decide(ASKED, facts._replace(place=None)).allowed


def test_good_facts_are_allowed():
    assert decide(ASKED, GOOD).allowed and decide(frozenset(), GOOD).allowed


@pytest.mark.parametrize(("reason", "spoil"), SPOILED, ids=[r.value for r, _ in SPOILED])
def test_one_wrong_fact_is_refused_with_its_reason(reason, spoil):
    assert decide(ASKED, spoil(GOOD)).reason is reason


@pytest.mark.parametrize("first", range(len(SPOILED) - 1))
def test_of_several_wrong_facts_the_first_rule_is_told(first):
    facts = GOOD
    for _, spoil in SPOILED[first:]:
        facts = spoil(facts)
    assert decide(ASKED, facts).reason is SPOILED[first][0]


def test_each_reason_has_its_case():
    assert {reason for reason, _ in [*SPOILED, *SPOILED_PERSONAL]} | {
        Reason.NOT_AUTHORIZED,
        Reason.TOKEN_SHUT_OUT,
        Reason.READ_ONLY,
    } == set(Reason)
    assert len(RULES) == len(set(RULES))


def test_without_a_consent_where_one_is_needed_the_answer_is_no():
    assert decide(frozenset(), GOOD._replace(consent=None)).reason is Reason.NOT_AUTHORIZED


def test_a_client_on_its_own_behalf_needs_no_consent():
    facts = GOOD._replace(person_active=None, consent=None, consent_needed=False, connection=None, place=None)
    assert decide(ASKED, facts).allowed
    assert decide(frozenset({"vso.code"}), facts).reason is Reason.SCOPE_NOT_REGISTERED


@pytest.mark.parametrize(("seconds", "allowed"), [(-1, True), (0, False), (1, False)])
def test_the_last_instant_is_already_over(seconds, allowed):
    at = GOOD.consent.expires_at + timedelta(seconds=seconds)
    assert decide(
        frozenset(), GOOD._replace(now=at, legacy_sunset=at + timedelta(days=9), connection=None)
    ).allowed is (allowed)


def test_the_sunset_is_for_legacy_apps_only():
    assert decide(ASKED, app(GOOD._replace(legacy_sunset=NOW), legacy=False)).allowed


def test_a_consent_without_an_end_does_not_end():
    assert decide(ASKED, consent(GOOD, expires_at=None)).allowed


def test_a_switch_that_stops_the_legacy_model_is_no_matter_of_the_standard_model():
    assert decide(ASKED, app(GOOD._replace(legacy_stopped=True), legacy=False)).allowed


def test_read_only_closes_issuance_with_its_own_reason():
    assert decide(ASKED, GOOD._replace(issuance_closed=Reason.READ_ONLY)).reason is Reason.READ_ONLY


def test_a_brown_out_is_over_at_its_last_instant_and_is_no_matter_of_the_standard_model():
    assert decide(ASKED, GOOD._replace(brown_out_ends=NOW)).allowed
    running = GOOD._replace(brown_out_ends=NOW + timedelta(seconds=1))
    assert decide(ASKED, running).reason is Reason.BROWN_OUT
    assert decide(ASKED, app(running, legacy=False)).allowed
