"""An incident: who is affected for each kind of subject, what stops it, and that everybody is told."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationUsage, Connection, Incident
from authorizations.notifications.models import Message, Notice
from authorizations.services.incidents import opening, telling
from authorizations.services.incidents.affected import Affected
from authorizations.services.incidents.opening import IncidentRefused, Report
from authorizations.services.operations import jobs
from authorizations.services.operations.selection import Selection
from authorizations.services.revocation import revoke_authorization
from tests import factories
from tests.operations.conftest import approve, many

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def opened(by, subject, what, *, since=2 * DAY, until=timedelta(0), **more):
    now = timezone.now()
    said = Report("Stolen from a laptop", subject, what, (now - since).isoformat(), (now - until).isoformat(), **more)
    return opening.open_incident(said, by=by, now=now)


def work(incident, act, by, *, options=None, **said):
    now = timezone.now()
    job = jobs.start(
        act,
        Selection(**said),
        by=by,
        reason="Stop it",
        now=now,
        counted={},
        counted_at=now,
        incident=incident,
        options=options,
    )
    jobs.run(job, clock=timezone.now)
    job.refresh_from_db()
    return job


def test_of_an_app_whatever_stood_at_any_moment_of_the_time_is_affected(olivia, payroll):
    now = timezone.now()
    before, during, after, gone = many(4)
    approve(before, payroll.app, at=now - 9 * DAY)
    approve(during, payroll.app, at=now - DAY)
    approve(after, payroll.app, at=now - HOUR)
    ended = approve(gone, payroll.app, at=now - 9 * DAY)
    approve(gone, factories.app(name="Other").app, at=now - DAY)
    Authorization.objects.filter(pk=ended.pk).update(revoked_at=now - 5 * DAY)
    incident = opened(olivia, "app", "Payroll", until=12 * HOUR)
    affected = Affected(incident)
    assert {p.display_name for p in affected.people} == {"Person 0", "Person 1"}
    extent = affected.extent()
    assert (extent.people, extent.authorizations, extent.connections, extent.standing) == (2, 2, 2, 2)


def test_of_a_secret_only_what_hangs_on_it(olivia, payroll, alice, bob):
    from oauthapps import services

    approve(alice, payroll.app, connections=2)
    other, _ = services.create_secret(payroll.app, slot="alternative", by=None, now=timezone.now())
    bobs = approve(bob, payroll.app)
    Connection.objects.filter(authorization=bobs).update(secret=other)
    incident = opened(olivia, "secret", other.key_id)
    assert list(Affected(incident).people) == [bob] and Affected(incident).app == payroll.app
    job = work(incident, "end_secret", olivia, secrets=(other.key_id,))
    incident.refresh_from_db()
    assert incident.state == Incident.State.CONTAINED and job.done == 2
    assert Connection.objects.filter(revoked_at=None).count() == 2


def test_of_a_range_who_acted_or_connected_from_it(olivia, payroll, alice, bob, charlie):
    approve(alice, payroll.app, address="192.0.2.9")
    approve(bob, payroll.app, address="198.51.100.7")
    at = timezone.now() - HOUR
    Event(
        at=at, name="person.signed_in", person_id=str(charlie.pk), person_name="Charlie", address="192.0.2.200"
    ).save()
    Event(at=at, name="person.signed_in", person_id=str(bob.pk), person_name="Bob", address="203.0.113.1").save()
    incident = opened(olivia, "addresses", "192.0.2.77/24")
    affected = Affected(incident)
    assert incident.subject_id == "192.0.2.0/24" and incident.addresses == ["192.0.2.200", "192.0.2.9"]
    assert set(affected.people) == {alice, charlie} and affected.events.count() == 1
    window = {"since": incident.since.isoformat(), "until": incident.until.isoformat()}
    from authorizations.services.operations import selection

    wanted = selection.located(Selection(network="192.0.2.0/24", moment="connected", **window), at=timezone.now())
    work(
        incident,
        "revoke",
        olivia,
        **{f: getattr(wanted, f) for f in ("network", "moment", "since", "until", "addresses")},
    )
    assert list(Authorization.objects.filter(revoked_at=None).values_list("person", flat=True)) == [bob.pk]


def test_figures_say_organizations_permissions_and_calls(olivia, payroll, alice, bob):
    factories.organization("contoso", alice, bob)
    fabrikam = factories.organization("fabrikam", bob)
    a = approve(alice, payroll.app, scopes=("vso.work", "vso.code"), organizations=[str(fabrikam.pk)])
    approve(bob, payroll.app, scopes=("vso.work",), calls=5)
    for value, calls in (("vso.code", 7), ("vso.work", 2)):
        AuthorizationUsage.objects.create(
            authorization=a, day=timezone.now().date(), facet="scope", value=value, calls=calls
        )
    AuthorizationUsage.objects.create(
        authorization=a, day=timezone.now().date() - 9 * DAY, facet="scope", value="vso.code", calls=99
    )
    extent = Affected(opened(olivia, "app", payroll.client_id)).extent()
    assert extent.scopes == [("vso.work", 2), ("vso.code", 1)]
    assert extent.used_scopes == [("vso.code", 7), ("vso.work", 2)]
    assert extent.organizations == 2  # Bob's two; Alice's consent is for one of them


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("what", {"subject": "app", "what": "Nothing"}),
        ("what", {"subject": "secret", "what": "0" * 16}),
        ("what", {"subject": "addresses", "what": "10.0.0.0/64"}),
        ("what", {"subject": "addresses", "what": "all of them"}),
        ("subject", {"subject": "weather"}),
        ("since", {"since": ""}),
        ("since", {"since": "lately"}),
        ("since", {"since": "1999-12-31"}),
        ("until", {"until": "2020-01-01"}),
        ("until", {"until": "2199-01-01"}),
        ("title", {"title": " x "}),
        ("what_happened", {"what_happened": "x" * 4001}),
    ],
)
def test_what_makes_no_incident_is_said(olivia, payroll, field, said):
    fine = {"title": "Stolen", "subject": "app", "what": "Payroll", "since": "2026-01-01", "until": ""}
    with pytest.raises(IncidentRefused) as refused:
        opening.open_incident(Report(**(fine | said)), by=olivia, now=timezone.now())
    assert (
        refused.value.field == field
        and not Incident.objects.exists()
        and not Event.objects.filter(name__startswith="incident.").exists()
    )


def test_without_its_event_no_incident_is_opened(olivia, payroll, monkeypatch):
    def broken(*args, **kwargs):
        raise OperationalError("disk full")

    monkeypatch.setattr(Event, "save", broken)
    with pytest.raises(OperationalError):
        opened(olivia, "app", "Payroll")
    assert not Incident.objects.exists()


def test_everybody_is_told_once_in_plain_words(olivia, payroll, alice, bob, dana):
    payroll.app.owners.add(dana)
    factories.organization("contoso", alice, bob)
    approve(bob, payroll.app)
    incident = opened(olivia, "app", "Payroll")
    work(incident, "disable", olivia, apps=(payroll.client_id,))
    job = work(incident, "tell", olivia, options={"text": "We look into it.\n\nMore follows."})
    told = Notice.objects.filter(kind="incident.told")
    assert {(n.person, n.detail["role"]) for n in told} == {(bob, "person"), (dana, "owner"), (alice, "administrator")}
    assert all(n.detail["done"] == ["it was switched off"] for n in told) and job.done == 3
    assert Message.objects.filter(notice__in=told).count() == 3
    from authorizations.notifications.texts import words

    said = words(told.get(person=alice))
    assert "Contoso" in said.paragraphs[1] and said.paragraphs[2:] == ("We look into it.", "More follows.")
    assert [e.name for e in Event.objects.filter(name__startswith="incident.").order_by("pk")] == [
        "incident.opened",
        "incident.contained",
        "incident.told",
    ]


def test_the_sample_is_what_is_sent(olivia, payroll, bob):
    approve(bob, payroll.app)
    incident = opened(olivia, "app", "Payroll")
    sample = telling.sample(Affected(incident), "person", "Please look.", timezone.now())
    work(incident, "tell", olivia, options={"text": "Please look."})
    from authorizations.notifications.texts import words

    said = words(Notice.objects.get(kind="incident.told", person=bob))
    assert (said.title, said.paragraphs, said.why) == (sample.title, sample.paragraphs, sample.why)


def test_an_incident_closes_once_with_a_conclusion(olivia, payroll):
    incident = opened(olivia, "app", "Payroll")
    with pytest.raises(IncidentRefused):
        opening.close(incident, "done", by=olivia, now=timezone.now())
    assert opening.close(incident, "The key was replaced.", by=olivia, now=timezone.now())
    assert not opening.close(incident, "The key was replaced.", by=olivia, now=timezone.now())
    assert Event.objects.filter(name=Kind.INCIDENT_CLOSED).count() == 1


def test_events_of_the_response_are_its_timeline(olivia, payroll, alice):
    own = approve(alice, payroll.app)
    incident = opened(olivia, "app", "Payroll")
    revoke_authorization(own, by=alice, reason="revoked", now=timezone.now())
    record(Kind.APP_CHANGED, now=timezone.now(), app=payroll.app, subject=("app", payroll.client_id))
    work(incident, "disable", olivia, apps=(payroll.client_id,))
    names = list(Affected(incident).response().order_by("pk").values_list("name", flat=True))
    assert names == ["incident.opened", "operations.job_started", "incident.contained", "operations.job_finished"]
