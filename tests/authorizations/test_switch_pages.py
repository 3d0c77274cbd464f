"""The pages of the kill switches: who may look, who may turn which, and what turning would do."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from authorizations.switches import turning
from authorizations.switches.models import Switch, SwitchPeriod
from tests import factories, people

PAGE = "/admin/switches"
ON = {"to": "on", "reason": "A leak is looked into.", "told": "Back soon.", "ends": "60"}
OFF = {"to": "off", "reason": "The leak is closed."}


@pytest.fixture
def staff(db):
    def make(role):
        person = people.person("olivia")
        person.is_staff, person.role = True, role
        person.save()
        return people.browser(person)

    return make


def test_a_stranger_and_a_person_without_a_role_see_nothing(charlie_browser):
    for path in (PAGE, f"{PAGE}/read_only"):
        assert Client().get(path).status_code == 302
        assert charlie_browser.get(path).status_code in {302, 403}
        assert charlie_browser.post(path, ON).status_code in {302, 403, 405}
    assert not SwitchPeriod.objects.exists()


def test_an_auditor_looks_and_turns_nothing(staff):
    auditor = staff(Role.AUDITOR)
    assert auditor.get(PAGE).status_code == 200
    for switch in Switch:
        assert 'id="turn-form"' not in auditor.get(f"{PAGE}/{switch}").content.decode()
        assert auditor.post(f"{PAGE}/{switch}", ON).status_code == 403
    assert not SwitchPeriod.objects.exists()


def test_an_operator_pulls_the_one_brake_and_does_not_release_it(staff):
    operator = staff(Role.OPERATOR)
    assert operator.post(f"{PAGE}/stop_issuing", ON).status_code == 302
    assert SwitchPeriod.objects.get().told == "Back soon."
    assert operator.post(f"{PAGE}/stop_issuing", OFF).status_code == 403
    for switch in ("stop_legacy", "stop_registrations", "read_only"):
        assert operator.post(f"{PAGE}/{switch}", ON).status_code == 403
    assert SwitchPeriod.objects.standing().count() == 1


def test_an_administrator_turns_every_switch_also_while_read_only(staff):
    administrator = staff(Role.ADMINISTRATOR)
    for switch in reversed(Switch):
        assert administrator.post(f"{PAGE}/{switch}", ON).status_code == 302, switch
    assert SwitchPeriod.objects.standing().count() == 4
    for switch in Switch:
        assert administrator.post(f"{PAGE}/{switch}", OFF).status_code == 302, switch
    assert not SwitchPeriod.objects.standing().exists()
    page = administrator.get(PAGE).content.decode()
    assert page.count('data-on="no"') == 4 and "A leak is looked into." in page


def test_the_page_says_what_would_be_refused(staff, alice_browser, legacy_app, payroll):
    factories.connect(alice_browser, legacy_app)
    administrator = staff(Role.ADMINISTRATOR)
    for switch, words in (
        ("stop_issuing", "Requests for codes and tokens"),
        ("stop_legacy", "People who use a legacy service"),
        ("stop_registrations", "Apps that were registered"),
        ("read_only", "Changes of every kind"),
    ):
        text = administrator.get(f"{PAGE}/{switch}").content.decode()
        assert words in text and 'id="effects"' in text, switch
    assert "<dd>2</dd>" in administrator.get(f"{PAGE}/stop_registrations").content.decode()


def test_of_two_administrators_the_second_does_not_turn_it_back(staff):
    administrator = staff(Role.ADMINISTRATOR)
    turning.turn_on(Switch.READ_ONLY, by=None, reason="Somebody else was quicker.", now=timezone.now())
    again = administrator.post(f"{PAGE}/read_only", ON)
    assert again.status_code == 409 and "Somebody turned it since you looked" in again.content.decode()
    assert SwitchPeriod.objects.standing().get().reason == "Somebody else was quicker."


@pytest.mark.parametrize(
    "said",
    [
        {"reason": ""},
        {"reason": "leak"},
        {"ends": "-5"},
        {"ends": "tomorrow"},
        {"told": "x" * 400},
        {"reason": "\x00" * 12},
    ],
)
def test_a_wrong_form_turns_nothing_and_says_why(staff, said):
    page = staff(Role.ADMINISTRATOR).post(f"{PAGE}/read_only", ON | said)
    assert page.status_code == 400 and "field-error" in page.content.decode()
    assert not SwitchPeriod.objects.exists()


def test_there_is_no_other_switch(staff):
    assert staff(Role.ADMINISTRATOR).get(f"{PAGE}/everything").status_code == 404
