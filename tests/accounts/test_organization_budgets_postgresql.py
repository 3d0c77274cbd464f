"""What the pages of an organization cost on PostgreSQL: as many statements for 20,000 members as for two."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Project, User
from tests.accounts.organizations import S
from tests.conftest import missing

pytestmark = pytest.mark.django_db
CONTROL = re.compile(r"^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)", re.I)
MANY = 20_000


@pytest.fixture(autouse=True)
def _postgresql(db):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


def grow(organization):
    tenant = uuid.uuid4()
    people = [
        User(
            tenant_id=tenant,
            object_id=uuid.uuid4(),
            principal=f"{tenant}.{n}",
            principal_name=f"person{n}@big.example",
            display_name=f"Person {n * 7919 % MANY:05}",
            email=f"person{n}@big.example",
        )
        for n in range(MANY)
    ]
    User.objects.bulk_create(people, batch_size=5000)
    Membership.objects.bulk_create(
        [Membership(organization=organization, person=p, access_level="basic") for p in people], batch_size=5000
    )
    projects = [Project(organization=organization, name=f"Project {n}") for n in range(200)]
    Project.objects.bulk_create(projects)
    inside = Project.members.through
    alpha = organization.projects.get(name="Alpha")
    inside.objects.bulk_create([inside(project=alpha, user=p) for p in people], batch_size=5000)
    inside.objects.bulk_create([inside(project=q, user=p) for q in projects for p in people[:20]], batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def cost(browser, address):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    found = [q["sql"] for q in captured.captured_queries if not CONTROL.match(q["sql"])]
    return len(found), "\n".join(sql[:160] for sql in found)


def test_the_pages_cost_the_same_for_two_and_for_twenty_thousand(alice_browser, bob, contoso):
    alpha = contoso.projects.get().pk
    pages = {
        f"{S}/": 8,
        f"{S}/members": 9,
        f"{S}/members?show=basic&sort=seen": 9,
        f"{S}/members?q=b": 10,
        f"{S}/members/{bob.pk}": 7,
        f"{S}/members/{bob.pk}/remove": 10,
        f"{S}/invitations": 7,
        f"{S}/projects": 7,
        f"{S}/projects/{alpha}": 8,
        f"{S}/settings": 6,
    }
    before = {address: cost(alice_browser, address) for address in pages}
    grow(contoso)
    for address, most in pages.items():
        (first, _), (then, said) = before[address], cost(alice_browser, address)
        assert then == first <= most, f"{address}: {first}, then {then}, {most} allowed:\n{said}"
