"""The encryption key is exchanged while the portal serves."""

from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from authorizations.models import SigningKey
from authorizations.services.keys import ring
from oauthapps import key_checks

OLD, NEW = "the-old-key-" + "o" * 40, "the-new-key-" + "n" * 40


def signs() -> str:
    ring.forget()
    return ring.current("ES256").kid


@pytest.fixture
def signing(db, settings):
    """A database that was made with the old key."""
    key_checks.KeyCheck.objects.all().delete()
    settings.KEY_ENCRYPTION_KEY = OLD
    key_checks.store("default")
    return signs()


def test_the_key_before_still_reads_until_everything_is_written_anew(signing, settings):
    settings.KEY_ENCRYPTION_KEY, settings.KEY_ENCRYPTION_KEY_PREVIOUS = NEW, OLD
    assert signs() == signing and key_checks.foreign("default") == []
    stored = SigningKey.objects.get(kid=signing).private_key
    said = StringIO()
    call_command("reencrypt", stdout=said)
    assert "signing keys written anew" in said.getvalue() and "not needed any more" in said.getvalue()
    assert SigningKey.objects.get(kid=signing).private_key != stored
    settings.KEY_ENCRYPTION_KEY_PREVIOUS = ""
    assert signs() == signing and key_checks.foreign("default") == []
    settings.KEY_ENCRYPTION_KEY = OLD
    assert key_checks.foreign("default") == ["GATEHOUSE_KEY_ENCRYPTION_KEY"]
    with pytest.raises(ImproperlyConfigured, match="not the key"):
        signs()


def test_a_wrong_key_before_changes_nothing(signing, settings):
    settings.KEY_ENCRYPTION_KEY, settings.KEY_ENCRYPTION_KEY_PREVIOUS = NEW, "another"
    assert key_checks.foreign("default") == ["GATEHOUSE_KEY_ENCRYPTION_KEY"]
    with pytest.raises(CommandError, match="not the key that the signing keys were stored with"):
        call_command("reencrypt")
    settings.KEY_ENCRYPTION_KEY, settings.KEY_ENCRYPTION_KEY_PREVIOUS = OLD, ""
    assert signs() == signing
    with pytest.raises(CommandError, match="Set GATEHOUSE_KEY_ENCRYPTION_KEY_PREVIOUS"):
        call_command("reencrypt")
