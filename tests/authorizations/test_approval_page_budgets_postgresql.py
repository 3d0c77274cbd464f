"""The pages about approvals cost a constant number of statements, however many requests, rulings and members there are."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from authorizations.models import ApprovalRequest, ServiceRuling
from tests import factories
from tests.authorizations.test_page_budgets_postgresql import cost
from tests.conftest import missing

pytestmark = pytest.mark.django_db
NOW = timezone.now()
ORG = "/contoso/_settings/approvals"


@pytest.fixture(autouse=True)
def _postgresql(db):
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


def test_pages_cost_the_same_for_one_and_for_many(alice, bob, alice_browser):
    contoso = factories.organization("contoso", alice, bob)

    def grow(number):
        for n in range(number):
            app = factories.app(name=f"Service {n} of {number}", scopes=["vso.build", "vso.code"]).app
            said = {"organization": contoso, "application": app, "person": alice, "asked_at": NOW}
            ApprovalRequest.objects.create(
                scopes=["vso.build"], justification="x", expires_at=NOW + timedelta(9), **said
            )
            ServiceRuling.objects.create(
                organization=contoso, application=app, decision="approved", scopes=["vso.code"], decided_at=NOW
            )

    grow(1)
    one = ApprovalRequest.objects.get()
    pages = [
        ORG,
        f"{ORG}?q=service",
        f"{ORG}/{one.pk}",
        f"{ORG}/services",
        f"{ORG}/services/{one.application.client_id}",
        f"{ORG}/rules",
        "/_usersSettings/requests",
    ]
    before = {address: cost(alice_browser, address) for address in pages}
    grow(40)
    for address in pages:
        (first, _), (then, said) = before[address], cost(alice_browser, address)
        assert then == first <= 9, f"{address}: {first}, then {then}\n{said}"
