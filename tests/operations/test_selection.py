"""Whom a query means: each limit, all together, and everything that cannot be asked."""

import itertools
import random
from datetime import timedelta

import pytest
from django.utils import timezone

from authorizations.models import Authorization, Connection, OperationsJob
from authorizations.services.operations import jobs, preview, selection
from authorizations.services.operations.selection import Selection, WrongSelection
from tests import factories
from tests.operations.conftest import approve, many

Act = OperationsJob.Act


def found(**said):
    now = timezone.now()
    wanted = selection.located(selection.check(Selection(**said)), at=now)
    return set(selection.authorizations(wanted, at=now, now=now))


def test_each_limit_keeps_what_it_says(world, alice, bob):
    payroll, _reports, crowd = world
    place = factories.organization("contoso", alice, crowd[1])
    alices = Authorization.objects.get(person=alice)
    assert len(found()) == 14 and len(found(apps=(payroll.client_id,))) == 12
    assert found(scopes=("vso.code",)) == {alices}  # write carries read with it
    assert {a.person for a in found(organization=str(place.pk))} == {alice, crowd[1]}
    assert found(people=(str(alice.pk),)) == found(ids=(str(alices.pk),)) == {alices}
    assert len(found(secrets=(payroll.secrets.get().key_id,))) == 12
    assert found(apps=(payroll.client_id,), people=(str(alice.pk),)) == set()


def test_the_time_is_of_the_approval_the_connection_or_the_use(alice, payroll):
    now = timezone.now()
    old = approve(alice, payroll.app, at=now - timedelta(days=40), last_used_at=now - timedelta(days=2))
    Connection.objects.update(created_at=now - timedelta(days=10))

    def window(moment, first, last):
        return found(
            moment=moment,
            since=(now - timedelta(days=first)).isoformat(),
            until=(now - timedelta(days=last)).isoformat(),
        )

    assert window("granted", 41, 39) == window("connected", 11, 9) == window("used", 3, 1) == {old}
    assert window("granted", 11, 9) == window("connected", 3, 1) == window("used", 41, 39) == set()


def test_a_range_means_the_connections_made_from_it(alice, bob, payroll):
    inside = approve(alice, payroll.app, address="::ffff:192.0.2.9")
    approve(bob, payroll.app, address="198.51.100.1")
    six = approve(many(1)[0], payroll.app, address="2001:db8::5")
    approve(many(1)[0], payroll.app, address="not an address")
    assert found(network="192.0.2.0/24") == {inside} and found(network="2001:db8::/32") == {six}
    assert found(network="203.0.113.0/24") == set()


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("network", {"network": "192.0.2.0/33"}),
        ("network", {"network": "my network"}),
        ("network", {"network": "999.0.2.1"}),
        ("since", {"since": "yesterday"}),
        ("since", {"since": "0001-01-01T00:00:00+14:00"}),
        ("until", {"until": "9999-12-31T23:59:59-14:00"}),
        ("until", {"since": "2026-11-26", "until": "2026-11-25"}),
        ("moment", {"moment": "dreamt"}),
        ("scopes", {"scopes": ("vso.everything",)}),
        ("ids", {"ids": ("1; drop table",)}),
        ("people", {"people": ("alice",)}),
        ("organization", {"organization": "contoso"}),
        ("ids", {"ids": ("0" * 32,) * 2_001}),
    ],
)
def test_what_cannot_be_asked_is_said(field, said):
    with pytest.raises(WrongSelection) as wrong:
        selection.check(Selection(**said))
    assert wrong.value.field == field and str(wrong.value)


def test_a_query_is_read_back_as_it_was_written_and_nothing_else_is(world):
    wanted = Selection(apps=("a", "b"), since="2026-11-01", scopes=("vso.work",))
    assert selection.from_json(selection.check(wanted).as_json()) == selection.check(wanted)
    with pytest.raises(WrongSelection):
        selection.from_json({"everybody": True})


@pytest.mark.parametrize("seed", range(12))
def test_what_the_preview_counts_is_what_then_ends(seed, olivia, django_capture_on_commit_callbacks):
    """Random small worlds, random queries: exactly the previewed ones end, and nobody else's."""
    chance, now = random.Random(seed), timezone.now()
    apps = [factories.app(name=f"App {n}").app for n in range(3)]
    crowd = many(6)
    place = factories.organization("contoso", crowd[0], *crowd[1:4])
    for person, app in itertools.product(crowd, apps):
        if chance.random() < 0.7:
            approve(
                person,
                app,
                at=now - timedelta(days=chance.randrange(1, 60)),
                scopes=chance.sample(["vso.profile", "vso.work", "vso.code_write"], 2),
                connections=chance.randrange(3),
                address=f"192.0.2.{chance.randrange(4)}",
                organizations=chance.choice([None, [str(place.pk)], []]),
                expires_at=chance.choice([None, now - timedelta(minutes=1), now + timedelta(days=9)]),
            )
    said = {
        "apps": tuple(a.client_id for a in chance.sample(apps, chance.randrange(3))),
        "scopes": chance.choice([(), ("vso.code",), ("vso.work",)]),
        "organization": chance.choice(["", "", str(place.pk)]),
        "moment": chance.choice(["granted", "connected"]),
        "since": chance.choice(["", (now - timedelta(days=30)).isoformat()]),
        "network": chance.choice(["", "", "192.0.2.0/31"]),
    }
    shown = preview.count(Act.REVOKE, Selection(**said), now=timezone.now())
    before = set(selection.authorizations(shown.wanted, at=shown.at, now=shown.at).values_list("pk", flat=True))
    live = set(Authorization.objects.live(now).values_list("pk", flat=True))
    approve(many(1, "Late")[0], apps[0], at=timezone.now())  # after the preview: not touched
    job = jobs.start(
        Act.REVOKE,
        shown.wanted,
        by=olivia,
        reason="random world",
        now=timezone.now(),
        counted={},
        counted_at=shown.at,
    )
    jobs.run(job, clock=timezone.now)
    job.refresh_from_db()
    ended = set(Authorization.objects.filter(revoked_by=str(olivia.pk)).values_list("pk", flat=True))
    assert ended == before and len(before) == shown.counted.authorizations == job.done
    assert set(Authorization.objects.filter(pk__in=live, revoked_at=None).values_list("pk", flat=True)) == live - before
    assert not Connection.objects.filter(authorization__in=ended, revoked_at=None).exists()
    assert job.state == OperationsJob.State.DONE
