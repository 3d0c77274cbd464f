"""What may happen once, pressed many times at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.services import twins
from oauthapps import services
from oauthapps.models import Application
from tests import people
from tests.authorizations.test_races_postgresql import _postgresql, at_once  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("turn", range(3))
def test_one_exception_makes_one_app_however_many_ask_at_once(dana, turn):
    olivia, now = people.person("olivia"), timezone.now()
    services.grant_exception(
        dana, reason="A contract.", valid_from=now, valid_until=now + timedelta(days=1), by=olivia, now=now
    )

    def register(number):
        said = services.Registration(
            f"Classic {number}", "Contoso", ["https://c.example/cb"], ["vso.work"], model="legacy"
        )
        try:
            return services.register(said, owners=[dana], by=dana, now=timezone.now())
        except services.RegistrationRefused:
            return None

    made = at_once(*[lambda n=number: register(n) for number in range(6)])
    assert len([app for app in made if app]) == 1 and Application.objects.count() == 1
    assert Event.objects.filter(name="legacy_exception.used").count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_two_owners_who_press_at_once_make_one_twin(dana, charlie, legacy_app, turn):
    legacy_app.app.owners.set([dana, charlie])

    def create(owner):
        try:
            return twins.create_twin(legacy_app.app, by=owner, now=timezone.now())
        except twins.TwinRefused:
            return None

    made = at_once(*[lambda o=owner: create(o) for owner in (dana, charlie, dana, charlie)])
    assert len([twin for twin in made if twin]) == 1
    assert Application.objects.filter(model="standard").count() == 1
