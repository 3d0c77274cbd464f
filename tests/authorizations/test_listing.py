"""Counting, filtering, searching and sorting a person's authorizations, all in the database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authorizations.listing import Show, Sort, counts, ordered, selected
from authorizations.models import Authorization
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def ago(days: int):
    return NOW - timedelta(days=days)


def held(person, name, scopes=("vso.profile",), **fields):
    model = fields.pop("model", "standard")
    app = factories.app(
        name=name, model=model, scopes=["vso.profile"], company=fields.pop("company", "Contoso Ltd")
    ).app
    values = {"granted_at": NOW, "expires_at": NOW + timedelta(days=200)} | fields
    return Authorization.objects.create(person=person, application=app, scopes=list(scopes), **values)


@pytest.fixture
def many(alice, bob):
    made = [
        held(alice, "Fresh", last_used_at=NOW),
        held(alice, "Idle", granted_at=ago(300), last_used_at=ago(91)),
        held(alice, "Never", granted_at=ago(100)),
        held(alice, "Old wire", model="legacy", last_used_at=ago(2)),
        held(alice, "Mighty", scopes=["vso.profile", "vso.code_full"], last_used_at=ago(3)),
        held(alice, "Writer", scopes=["vso.extension.data_write"], last_used_at=ago(4)),
        held(alice, "Fenced", organizations=["x"], last_used_at=ago(5)),
        held(alice, "Leaving", expires_at=NOW + timedelta(days=13), last_used_at=ago(6)),
        held(alice, "Over", expires_at=ago(1)),
        held(alice, "Stopped", revoked_at=ago(1)),
        held(bob, "Not hers", scopes=["vso.code_full"], granted_at=ago(300)),
    ]
    return {a.application.name: a for a in made}


def names(person, show=Show.ALL, query="", sort=Sort.USED):
    found = ordered(selected(person, show=show, query=query, now=NOW), sort)
    return [a.application.name for a in found.select_related("application")]


def test_counts_of_every_kind_in_one_statement(alice, many, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = counts(alice, NOW)
    assert found.live == {
        Show.ALL: 8,
        Show.UNUSED: 2,
        Show.LEGACY: 1,
        Show.HIGH_PRIVILEGE: 1,
        Show.LIMITED: 1,
        Show.ENDING: 1,
    }
    assert found.ended == 2


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        (Show.UNUSED, ["Idle", "Never"]),
        (Show.LEGACY, ["Old wire"]),
        (Show.HIGH_PRIVILEGE, ["Mighty"]),
        (Show.LIMITED, ["Fenced"]),
        (Show.ENDING, ["Leaving"]),
    ],
)
def test_each_filter_leaves_what_it_counts(alice, many, show, expected):
    assert names(alice, show) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [("fence", ["Fenced"]), ("CONTOSO", 8), ("code (full)", ["Mighty"]), ("nothing of the kind", []), ("%", [])],
)
def test_the_search_looks_at_service_publisher_and_permission(alice, many, query, expected):
    found = names(alice, query=query)
    assert (len(found) if isinstance(expected, int) else found) == expected


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        (Sort.USED, "Fresh", "Never"),
        (Sort.NAME, "Fenced", "Writer"),
        (Sort.ENDS, "Leaving", "Writer"),
        (Sort.GRANTED, None, "Idle"),
    ],
)
def test_the_order_is_the_one_asked_for(alice, many, sort, first, last):
    found = names(alice, sort=sort)
    assert (first is None or found[0] == first) and found[-1] == last


def test_by_risk_high_privilege_comes_first_and_then_the_heavier(alice, many):
    assert names(alice, sort=Sort.RISK)[:3] == ["Mighty", "Writer", "Fenced"]
