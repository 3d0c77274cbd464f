"""Two administrators who act at once."""

from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from accounts.services.operations import change_role
from accounts.services.standing import Refused
from tests import people
from tests.authorizations.test_races_postgresql import at_once
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


@pytest.mark.parametrize("turn", range(3))
def test_two_who_demote_each_other_leave_one_administrator(db, turn):
    olivia, bob = people.operations("olivia"), people.operations("bob")

    def demote(person, by):
        def run():
            try:
                return change_role(person, Role.NONE, by=by, reason="A race.", now=timezone.now())
            except Refused:
                return "refused"

        return run

    done = at_once(demote(olivia, bob), demote(bob, olivia))
    assert Counter(map(str, done)) == {"True": 1, "refused": 1}
    assert User.objects.filter(role=Role.ADMINISTRATOR).count() == 1
