"""The scope catalogue says what people are asked; the closure says what their yes allows."""

import csv
import string
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthapps.scopes import (
    CATALOGUE,
    CatalogueError,
    LeastAccessLevel,
    MalformedScope,
    Model,
    Scope,
    UnknownScope,
    Weight,
    by_category,
    closure,
    covers,
    high_privilege,
    is_subset,
    minimal,
    parse,
    unknown,
)
from oauthapps.scopes.catalogue import COLUMNS, load

SIGN_IN = ("openid", "profile", "email", "offline_access")
API = tuple(name for name in CATALOGUE if name.startswith("vso."))
HEADER = ",".join(COLUMNS)

with (Path(__file__).parent / "scopes_reference.csv").open(encoding="utf-8", newline="") as _file:
    REFERENCE = list(csv.DictReader(_file))

scope_sets = st.frozensets(st.sampled_from(sorted(CATALOGUE)), max_size=12)
every_scope = pytest.mark.parametrize("scope", CATALOGUE.values(), ids=list(CATALOGUE))


# The catalogue against the published table


@pytest.mark.parametrize("row", REFERENCE, ids=[row["scope"] for row in REFERENCE])
def test_every_published_scope_is_carried_over_unchanged(row: dict[str, str]) -> None:
    scope = CATALOGUE[row["scope"]]
    assert (scope.category, scope.title) == (row["category"], row["title"])
    assert scope.high_privilege == (row["high_privilege"] == "yes")
    assert scope.includes == tuple(row["includes"].split())


def test_only_sign_in_scopes_are_added_to_the_published_ones() -> None:
    assert set(CATALOGUE) - {row["scope"] for row in REFERENCE} == set(SIGN_IN)


@every_scope
def test_legacy_apps_can_ask_for_everything_but_sign_in(scope: Scope) -> None:
    assert (scope.model is Model.STANDARD) == (scope.identifier in SIGN_IN)


@pytest.mark.parametrize("name", SIGN_IN)
def test_sign_in_scopes_stand_alone(name: str) -> None:
    scope = CATALOGUE[name]
    assert scope.category == "Sign-in"
    assert not scope.high_privilege
    assert closure([name]) == {name}


# The words people read


@every_scope
def test_a_sentence_is_one_plain_sentence(scope: Scope) -> None:
    assert 30 <= len(scope.sentence) <= 140
    assert scope.sentence[0].isupper()
    assert scope.sentence.endswith(".")
    assert ". " not in scope.sentence
    assert scope.identifier not in scope.sentence.split()


@every_scope
def test_a_risk_is_stated_exactly_for_high_privilege(scope: Scope) -> None:
    assert bool(scope.risk) == scope.high_privilege
    if scope.risk:
        assert 30 <= len(scope.risk) <= 100
        assert scope.risk[0].isupper()
        assert scope.risk.endswith(".")
        assert ". " not in scope.risk


def test_no_two_scopes_share_a_sentence() -> None:
    sentences = [scope.sentence for scope in CATALOGUE.values()]
    assert len(sentences) == len(set(sentences))


@every_scope
def test_the_words_are_safe_to_translate(scope: Scope) -> None:
    # A percent sign would be read as a placeholder by gettext.
    assert "%" not in scope.title + scope.sentence + scope.risk


@pytest.mark.parametrize("name", ["vso.code", "vso.build", "vso.work"])
def test_reading_scopes_that_can_send_events_elsewhere_say_so(name: str) -> None:
    assert covers([name], "vso.hooks_write")
    assert "sent to addresses it chooses" in CATALOGUE[name].sentence


def test_audit_streams_are_described_by_what_they_allow_not_by_their_title() -> None:
    scope = CATALOGUE["vso.auditstreams_manage"]
    assert scope.title == "Audit Streams (read)"
    assert scope.weight is Weight.MANAGE
    assert "create, change or stop" in scope.sentence


# The catalogue is consistent in itself


@every_scope
def test_a_scope_weighs_no_less_than_what_it_includes_of_its_category(scope: Scope) -> None:
    inner = [CATALOGUE[name] for name in scope.includes]
    assert all(scope.weight >= part.weight for part in inner if part.category == scope.category)


@every_scope
def test_a_scope_needs_no_lower_access_level_than_what_it_includes(scope: Scope) -> None:
    # Otherwise the smaller right would arrive inside the bigger one, past the bound.
    order = list(LeastAccessLevel)
    inner = [CATALOGUE[name].least_access_level for name in scope.includes]
    assert all(order.index(scope.least_access_level) >= order.index(level) for level in inner)


@every_scope
def test_no_ordinary_scope_hides_a_high_privilege_one(scope: Scope) -> None:
    assert scope.high_privilege or not high_privilege(closure([scope.identifier]))


@every_scope
def test_no_scope_is_part_of_what_it_includes(scope: Scope) -> None:
    assert scope.identifier not in closure(scope.includes)


@every_scope
def test_every_identifier_can_travel_in_a_request(scope: Scope) -> None:
    assert parse(scope.identifier) == (scope.identifier,)


def test_stakeholders_reach_work_items_but_not_code_and_tests_want_their_own_level() -> None:
    level = {name: scope.least_access_level for name, scope in CATALOGUE.items()}
    assert level["vso.work_write"] == "stakeholder"
    assert level["vso.code"] == "basic"
    assert level["vso.test_write"] == "basic_test_plans"


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CATALOGUE["vso.new"] = CATALOGUE["vso.code"]  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        CATALOGUE["vso.code"].title = "Nothing much"  # type: ignore[misc]


def test_weights_are_ordered() -> None:
    assert Weight.SEE < Weight.USE < Weight.CHANGE < Weight.MANAGE < Weight.FULL


# A wrong catalogue stops everything


def line(scope: str = "a", includes: str = "", **changed: str) -> str:
    cells = dict.fromkeys(COLUMNS, "") | {
        "scope": scope,
        "category": "C",
        "title": "T",
        "includes": includes,
        "weight": "see",
        "sentence": "See it.",
        "least_access_level": "basic",
        "model": "both",
    }
    return ",".join((cells | changed).values())


def test_a_right_catalogue_loads_in_the_order_of_its_rows() -> None:
    assert list(load([HEADER, line("b", "a"), line("a")])) == ["b", "a"]


@pytest.mark.parametrize(
    ("lines", "row", "problem"),
    [
        pytest.param([], 1, "columns", id="empty file"),
        pytest.param(["scope,category"], 1, "columns", id="missing columns"),
        pytest.param([HEADER, line("a"), line("b") + ",more"], 3, "10 cells", id="cell too many"),
        pytest.param([HEADER, "a,C,T"], 2, "10 cells", id="cells missing"),
        pytest.param([HEADER, line("a"), line("a")], 3, "a is there twice", id="duplicate"),
        pytest.param([HEADER, line("")], 2, "scope is empty", id="no identifier"),
        pytest.param([HEADER, line(sentence="")], 2, "sentence is empty", id="no sentence"),
        pytest.param([HEADER, line(title=" T")], 2, "title has spaces", id="untidy cell"),
        pytest.param([HEADER, line(weight="huge")], 2, "HUGE", id="unknown weight"),
        pytest.param([HEADER, line(high_privilege="no")], 2, "'no'", id="unknown mark"),
        pytest.param([HEADER, line(least_access_level="x")], 2, "'x'", id="unknown level"),
        pytest.param([HEADER, line(model="legacy")], 2, "'legacy'", id="unknown model"),
        pytest.param([HEADER, line(title='"T"T')], 2, "expected after", id="broken quoting"),
        pytest.param([HEADER, line("a"), line("b", "c")], 3, "unknown c", id="unknown include"),
        pytest.param([HEADER, line("a", "a")], 2, "cycle", id="includes itself"),
        pytest.param([HEADER, line("c"), line("a", "b"), line("b", "a")], 3, "cycle", id="cycle"),
    ],
)
def test_a_wrong_row_is_named(lines: list[str], row: int, problem: str) -> None:
    with pytest.raises(CatalogueError, match=problem) as caught:
        load(lines)
    assert caught.value.row == row
    assert f"row {row}:" in str(caught.value)


# What scopes imply


def test_managing_code_implies_everything_down_to_the_profile() -> None:
    assert closure(["vso.code_manage"]) == {
        "vso.code_manage",
        "vso.code_write",
        "vso.code",
        "vso.hooks_write",
        "vso.hooks",
        "vso.profile",
    }


def test_nothing_implies_nothing() -> None:
    assert closure([]) == frozenset()
    assert minimal([]) == ()
    assert by_category([]) == []
    assert is_subset([], [])


@every_scope
def test_a_scope_implies_what_its_parts_imply(scope: Scope) -> None:
    assert closure(scope.includes) <= closure([scope.identifier])


def test_writing_covers_reading_and_not_the_other_way() -> None:
    assert covers(["vso.code_write"], "vso.code")
    assert not covers(["vso.code"], "vso.code_write")


def test_setting_a_commit_status_does_not_reach_the_code() -> None:
    assert not covers(["vso.code_status"], "vso.code")
    assert not covers(["vso.code_full"], "vso.code_status")


@pytest.mark.parametrize("name", API)
def test_full_access_covers_every_api_scope(name: str) -> None:
    assert covers(["user_impersonation"], name)
    assert not covers([name], "user_impersonation")


@pytest.mark.parametrize("name", SIGN_IN)
def test_full_access_never_covers_sign_in(name: str) -> None:
    assert not covers(["user_impersonation"], name)


def test_all_api_scopes_together_are_still_not_full_access() -> None:
    assert not covers(API, "user_impersonation")


def test_the_api_profile_and_the_sign_in_profile_are_different_rights() -> None:
    assert not covers(["vso.profile"], "profile")
    assert not covers(["profile"], "vso.profile")


def test_a_request_may_be_narrower_but_not_wider_than_the_grant() -> None:
    assert is_subset(["vso.code", "vso.hooks"], ["vso.code_write"])
    assert not is_subset(["vso.code", "vso.wiki"], ["vso.code_write"])


def test_minimal_drops_what_others_include_and_keeps_catalogue_order() -> None:
    asked = ["vso.wiki", "vso.profile", "vso.code", "openid", "vso.code_write", "vso.hooks_write"]
    assert minimal(asked) == ("openid", "vso.code_write", "vso.wiki")


def test_full_access_makes_every_api_scope_redundant_but_not_sign_in() -> None:
    assert minimal(["vso.code", "openid", "user_impersonation"]) == ("openid", "user_impersonation")


def test_high_privilege_names_the_marked_ones_in_catalogue_order() -> None:
    asked = ["user_impersonation", "vso.code", "vso.tokens", "openid"]
    assert high_privilege(asked) == ("vso.tokens", "user_impersonation")


@given(scope_sets)
def test_closure_of_a_closure_adds_nothing(scopes: frozenset[str]) -> None:
    assert scopes <= closure(scopes) == closure(closure(scopes))


@given(scope_sets, scope_sets)
def test_more_scopes_never_imply_less(some: frozenset[str], more: frozenset[str]) -> None:
    assert closure(some) | closure(more) == closure(some | more)


@given(scope_sets)
def test_minimal_means_the_same_with_nothing_to_spare(scopes: frozenset[str]) -> None:
    fewest = minimal(scopes)
    assert closure(fewest) == closure(scopes)
    assert all(closure(set(fewest) - {name}) != closure(scopes) for name in fewest)
    assert list(fewest) == [name for name in CATALOGUE if name in fewest]


@given(scope_sets, st.sampled_from(sorted(CATALOGUE)))
def test_covers_agrees_with_closure(granted: frozenset[str], needed: str) -> None:
    assert covers(granted, needed) == (needed in closure(granted))


@given(scope_sets, scope_sets)
def test_is_subset_agrees_with_closure(asked: frozenset[str], granted: frozenset[str]) -> None:
    assert is_subset(asked, granted) == (closure(asked) <= closure(granted))


# Unknown scopes are refused


@pytest.mark.parametrize("name", ["vso.everything", "", "VSO.CODE", "vso.code ", "vso.*"])
def test_an_unknown_scope_is_refused_everywhere(name: str) -> None:
    for call in (closure, minimal, high_privilege, by_category):
        with pytest.raises(UnknownScope) as caught:
            call(["vso.code", name])
        assert caught.value.scopes == (name,)


@pytest.mark.parametrize("granted", ["user_impersonation", "vso.code"])
def test_no_grant_covers_an_unknown_scope(granted: str) -> None:
    with pytest.raises(UnknownScope):
        covers([granted], "vso.everything")
    with pytest.raises(UnknownScope):
        is_subset(["vso.everything"], [granted])


def test_a_grant_with_an_unknown_scope_is_refused() -> None:
    with pytest.raises(UnknownScope):
        covers(["vso.everything"], "vso.code")


def test_unknown_lists_each_stranger_once_in_the_order_given() -> None:
    assert unknown(["z", "vso.code", "a", "z"]) == ("z", "a")


def test_a_lone_string_is_not_taken_for_a_list_of_scopes() -> None:
    with pytest.raises(TypeError):
        closure("openid")


def test_scopes_may_come_from_a_generator() -> None:
    assert closure(name for name in ["vso.hooks"]) == {"vso.hooks", "vso.profile"}


# Groups for the approval page


def test_the_heaviest_category_comes_first_and_in_it_the_heaviest_scope() -> None:
    asked = ["openid", "vso.wiki", "vso.code_status", "vso.code", "vso.project_manage"]
    assert [(category, [scope.identifier for scope in scopes]) for category, scopes in by_category(asked)] == [
        ("Project and Team", ["vso.project_manage"]),
        ("Code", ["vso.code_status", "vso.code"]),
        ("Sign-in", ["openid"]),
        ("Wiki", ["vso.wiki"]),
    ]


@given(st.lists(st.sampled_from(sorted(CATALOGUE))), st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_asked(names: list[str], random: object) -> None:
    shuffled = list(names)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert by_category(shuffled) == by_category(names)


@given(scope_sets)
def test_groups_hold_every_scope_once_by_falling_weight(names: frozenset[str]) -> None:
    groups = by_category(names)
    assert sorted(scope.identifier for _, scopes in groups for scope in scopes) == sorted(names)
    assert len({category for category, _ in groups}) == len(groups)
    tops = [scopes[0].weight for _, scopes in groups]
    assert tops == sorted(tops, reverse=True)
    for category, scopes in groups:
        assert {scope.category for scope in scopes} == {category}
        assert [s.weight for s in scopes] == sorted((s.weight for s in scopes), reverse=True)


# The scope parameter, RFC 6749 §3.3


def test_parse_keeps_order_and_drops_repeats() -> None:
    assert parse("openid vso.code openid vso.build") == ("openid", "vso.code", "vso.build")


@pytest.mark.parametrize("text", ["  openid   vso.code ", "openid  vso.code", " openid vso.code"])
def test_parse_forgives_spare_spaces(text: str) -> None:
    assert parse(text) == ("openid", "vso.code")


@pytest.mark.parametrize("text", ["", " ", "   "])
def test_parse_finds_nothing_in_nothing(text: str) -> None:
    assert parse(text) == ()


@pytest.mark.parametrize(
    "bad",
    ["\x00", '"', "\\", "\t", "\n", "\r", "\x0b", "\x1f", "\x7f", "\x80", "\xa0", "é", "\u2003", "\ud800"],
    ids=ascii,
)
@pytest.mark.parametrize("shape", ["{}", "openid{}", "{}openid", "open{}id", "openid {} vso.code"])
def test_parse_refuses_characters_outside_the_grammar(bad: str, shape: str) -> None:
    with pytest.raises(MalformedScope) as caught:
        parse(shape.format(bad))
    assert bad not in str(caught.value)


@given(st.text())
def test_parse_accepts_exactly_the_grammar(text: str) -> None:
    allowed = set(string.ascii_letters + string.digits + string.punctuation + " ") - set('"\\')
    if set(text) <= allowed:
        assert set(parse(text)) == set(text.split())
    else:
        with pytest.raises(MalformedScope):
            parse(text)


@given(scope_sets)
def test_parse_reads_back_what_was_joined(scopes: frozenset[str]) -> None:
    assert parse(" ".join(scopes)) == tuple(scopes)
