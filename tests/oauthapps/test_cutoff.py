"""From the cutoff on no legacy app is registered by any way; what is there lives on; exceptions are dated and spent once."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from authorizations.events.models import Event
from oauthapps import services
from oauthapps.models import Application, LegacyException
from tests import factories, people

SAID = {
    "name": "Classic",
    "company": "Contoso Ltd",
    "redirect_uris": ["https://classic.example/cb"],
    "scopes": ["vso.work"],
    "model": "legacy",
}
CUTOFF = datetime(2025, 4, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def register(*, by=None, now=None, registered_at=None, name="Classic"):
    return services.register(
        services.Registration(**SAID | {"name": name}),
        owners=[by] if by else [],
        by=by,
        now=now or timezone.now(),
        registered_at=registered_at,
    )


@pytest.fixture
def olivia(db):
    return people.operations("olivia")


@pytest.fixture
def exception(dana, olivia):
    now = timezone.now()
    return services.grant_exception(
        dana, reason="A contract.", valid_from=now, valid_until=now + timedelta(days=7), by=olivia, now=now
    )


# Every way


def test_the_last_microsecond_before_the_cutoff_is_in_time_and_the_cutoff_itself_too_late(db):
    assert register(now=CUTOFF - INSTANT).is_legacy
    with pytest.raises(services.RegistrationRefused, match="closed on 2025-04-01"):
        register(now=CUTOFF)


def test_a_date_of_another_system_is_held_to_the_same_instant(db):
    assert register(registered_at=CUTOFF - INSTANT).registered_at == CUTOFF - INSTANT
    with pytest.raises(services.RegistrationRefused, match="closed"):
        register(registered_at=CUTOFF)


def test_the_page_registers_no_legacy_app_whatever_the_form_says(dana):
    form = {
        "name": "Ledger",
        "company": "Contoso Ltd",
        "client_type": "confidential",
        "redirect_uris": "https://ledger.example/cb",
        "model": "legacy",
        "registered_at": "2024-01-01T00:00:00Z",
        "scope:vso.work": "required",
    }
    people.browser(dana).post("/app/register", form)
    assert not Application.objects.filter(model="legacy").exists()


def test_the_admin_makes_no_app_at_all(olivia):
    browser = people.browser(olivia)
    assert browser.get("/admin/oauthapps/application/add/").status_code == 403
    assert browser.post("/admin/oauthapps/application/add/", SAID).status_code == 403
    assert not Application.objects.exists()


def test_the_admin_cannot_make_a_standard_app_a_legacy_one(olivia, payroll):
    browser = people.browser(olivia)
    address = f"/admin/oauthapps/application/{payroll.app.pk}/change/"
    browser.post(address, {"model": "legacy", "name": "Payroll", "_save": "1"})
    assert Application.objects.get().model == "standard"


def test_no_service_turns_a_standard_app_into_a_legacy_one(payroll):
    said = services.values(payroll.app) | {
        "redirect_uris": payroll.app.callbacks,
        "model": "legacy",
        "scopes": ["vso.work"],
    }
    with pytest.raises(services.RegistrationRefused, match="cannot be changed"):
        services.change(payroll.app, services.Registration(**said), by=None, now=timezone.now())


@pytest.mark.parametrize("command", ["register_app", "import_legacy_apps"])
def test_no_command_registers_one_from_the_cutoff_on(db, dana, tmp_path, command):
    document = SAID | {"client_id": "c-1", "owners": [dana.principal], "registered_at": CUTOFF.isoformat()}
    path = tmp_path / "app.jsonl"
    path.write_text(json.dumps(document))
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command(command, str(path), stdout=out)
    assert not Application.objects.exists()


def test_existing_ones_are_edited_and_rotated_after_the_cutoff(legacy_app):
    app, now = legacy_app.app, timezone.now()
    said = services.values(app) | {"redirect_uris": [*app.callbacks, "https://two.example/cb"], "name": "Classic 2"}
    services.change(app, services.Registration(**said), by=None, now=now)
    services.create_secret(app, slot="alternative", by=None, now=now)
    services.create_secret(app, slot="primary", by=None, now=now)
    assert Application.objects.get().name == "Classic 2" and app.secrets.live(now).count() == 2


# Exceptions


def test_an_exception_lets_its_person_register_one_app_and_is_spent(dana, exception):
    app = register(by=dana)
    exception.refresh_from_db()
    assert app.is_legacy and exception.used_by == app and exception.used_at
    assert list(Event.objects.filter(name__startswith="legacy_exception").values_list("name", flat=True)) == [
        "legacy_exception.granted",
        "legacy_exception.used",
    ]
    with pytest.raises(services.RegistrationRefused, match="closed"):
        register(by=dana, name="Another")
    assert Application.objects.count() == 1


def test_charlie_cannot_use_danas_exception(charlie, exception):
    with pytest.raises(services.RegistrationRefused, match="closed"):
        register(by=charlie)
    with pytest.raises(services.RegistrationRefused, match="closed"):
        register(by=None)


def test_an_exception_counts_within_its_dates_only(dana, exception):
    for now in (exception.valid_from - INSTANT, exception.valid_until):
        with pytest.raises(services.RegistrationRefused, match="closed"):
            register(by=dana, now=now)
    assert register(by=dana, now=exception.valid_until - INSTANT)


def test_a_withdrawn_exception_is_none(dana, olivia, exception):
    now = timezone.now()
    assert services.withdraw_exception(exception, by=olivia, now=now) is True
    assert services.withdraw_exception(exception, by=olivia, now=now) is False
    with pytest.raises(services.RegistrationRefused, match="closed"):
        register(by=dana)


def test_a_used_exception_cannot_be_withdrawn(dana, olivia, exception):
    register(by=dana)
    assert services.withdraw_exception(exception, by=olivia, now=timezone.now()) is False


def test_a_registration_that_is_refused_spends_nothing(dana, exception):
    with pytest.raises(services.RegistrationRefused):
        services.register(
            services.Registration(**SAID | {"scopes": ["openid"]}), owners=[], by=dana, now=timezone.now()
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        services.register(
            services.Registration(**SAID), owners=[], by=dana, now=timezone.now(), client_id=factories.app().client_id
        )
    exception.refresh_from_db()
    assert exception.used_at is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"valid_until": timedelta(0)}, "valid_until"),
        ({"valid_until": timedelta(days=91)}, "valid_until"),
    ],
)
def test_an_exception_without_reason_or_sensible_dates_is_refused(dana, olivia, change, field):
    now = timezone.now()
    said = {"reason": "A contract.", "valid_from": now, "valid_until": now + timedelta(days=1)} | {
        k: (now + v if isinstance(v, timedelta) else v) for k, v in change.items()
    }
    with pytest.raises(services.ExceptionRefused) as refused:
        services.grant_exception(dana, **said, by=olivia, now=now)
    assert refused.value.field == field and not LegacyException.objects.exists()
