"""Olivia operates, Oscar audits; a small world of services, people and organizations that acts are done to."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from authorizations.models import Authorization, AuthorizationUsage, Connection
from tests import factories, people


def staff(person, role):
    User.objects.filter(pk=person.pk).update(role=role, is_staff=True, is_superuser=role == "administrator")
    return User.objects.get(pk=person.pk)


@pytest.fixture
def olivia(db):
    return staff(people.person("olivia"), "operator")


@pytest.fixture
def operator(olivia):
    return people.browser(olivia)


@pytest.fixture
def auditor(bob):
    return people.browser(staff(bob, "auditor"))


def many(count, name="Person"):
    rows = [
        User(tenant_id=people.CONTOSO, object_id=uuid.uuid4(), display_name=f"{name} {n}", principal_name=f"{name}{n}")
        for n in range(count)
    ]
    for row in rows:
        row.principal = f"{row.tenant_id}.{row.object_id}"
    return User.objects.bulk_create(rows)


def approve(person, app, *, at=None, scopes=("vso.profile",), connections=1, address="192.0.2.7", calls=0, **said):
    """A consent with open connections, as services leave them."""
    now = at or timezone.now() - timedelta(hours=1)
    made = Authorization.objects.create(person=person, application=app, scopes=list(scopes), granted_at=now, **said)
    Connection.objects.bulk_create(
        Connection(
            authorization=made,
            scopes=list(scopes),
            refresh_digest=uuid.uuid4().hex,
            created_at=now,
            expires_at=now + timedelta(days=90),
            address=address,
            secret=app.secrets.first(),
        )
        for _ in range(connections)
    )
    if calls:
        AuthorizationUsage.objects.create(
            authorization=made, day=now.date(), facet="endpoint", value="api", calls=calls
        )
    return made


@pytest.fixture
def world(db, alice, dana):
    """Two services; twelve people use Payroll, one of them also Reports."""
    payroll, reports = factories.app(), factories.app(name="Reports")
    payroll.app.owners.add(dana)
    crowd = many(12)
    for person in crowd:
        approve(person, payroll.app, calls=3)
    approve(crowd[0], reports.app)
    approve(alice, reports.app, scopes=("vso.code_write",))
    return payroll.app, reports.app, crowd
