"""Whose address a call has: the last one that somebody we trust has seen, and never what a stranger writes."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from authorizations.events.models import Event
from authorizations.models import Connection
from portal import checks, env
from portal.proxies import client_address
from tests import factories

PROXY = "10.0.0.7"


@pytest.fixture
def behind(settings, monkeypatch):
    def trusts(*networks, header="x-forwarded-for"):
        monkeypatch.setenv("SOME_PROXIES", " ".join(networks))
        settings.TRUSTED_PROXIES, settings.PROXY_HEADER = env.networks("SOME_PROXIES"), header

    trusts("10.0.0.0/8", "fd00::/8")
    return trusts


def seen(said, peer=PROXY, header="HTTP_X_FORWARDED_FOR"):
    return client_address({"REMOTE_ADDR": peer, header: said})


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:db8::9]:4711", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        # What stands left of the last stranger was written by that stranger.
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, fd00::5, 10.1.1.1", "203.0.113.9"),
        # Only proxies of ours: the first of them is the nearest to whoever called.
        ("10.9.9.9, 10.1.1.1", "10.9.9.9"),
        # No address: nothing is known behind it.
        ("", PROXY),
        ("unknown", PROXY),
        ("203.0.113.9, unknown", PROXY),
        ("203.0.113.9, _hidden, 10.1.1.1", "10.1.1.1"),
        ("203.0.113.999", PROXY),
        ("1" * 5000, PROXY),
        (", ,,", PROXY),
        ("203.0.113.9\x00", PROXY),
        ("<script>", PROXY),
    ],
)
def test_the_rightmost_hop_that_is_no_proxy_of_ours(behind, said, address):
    assert seen(said) == address


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("for=203.0.113.9", "203.0.113.9"),
        ('For="203.0.113.9:4711";proto=https;by=10.0.0.7', "203.0.113.9"),
        ('for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"),
        ('for=198.51.100.1, for="203.0.113.9";proto=http, for=10.1.1.1', "203.0.113.9"),
        ("for=unknown, for=10.1.1.1", "10.1.1.1"),
        ("proto=https", PROXY),
        ("for=_gazonk", PROXY),
        ('for="', PROXY),
    ],
)
def test_the_standard_header_is_read_alike(behind, said, address):
    behind("10.0.0.0/8", header="forwarded")
    assert seen(said, header="HTTP_FORWARDED") == address


def test_only_the_header_that_the_proxy_writes_is_read(behind):
    """A proxy that sets one passes the other on as the caller wrote it."""
    assert seen("for=203.0.113.9", header="HTTP_FORWARDED") == PROXY
    behind("10.0.0.0/8", header="forwarded")
    assert seen("203.0.113.9") == PROXY


@pytest.mark.parametrize("peer", ["192.0.2.1", "", "unix:", "2001:db8::1"])
def test_a_stranger_is_not_believed(behind, peer):
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_X_FORWARDED_PROTO": "https"}
    assert client_address(environ) == peer
    assert set(environ) == {"REMOTE_ADDR"}  # nobody after us can believe it either


def test_nobody_is_believed_unless_it_is_said(settings):
    settings.TRUSTED_PROXIES = []
    assert seen("203.0.113.9", peer="127.0.0.1") == "127.0.0.1"


@pytest.mark.django_db
def test_events_have_the_address_behind_the_proxy(behind, payroll):
    behind("127.0.0.1")
    form = {"grant_type": "client_credentials", "scope": "vso.profile"}
    payroll.post("/oauth2/v2.0/token", form, HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.9", **payroll.basic())
    assert Event.objects.filter(name="token.issued").get().address == "203.0.113.9"


@pytest.mark.django_db
def test_https_is_believed_from_the_proxy_alone(behind, settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_PROXY_SSL_HEADER = True, ("HTTP_X_FORWARDED_PROTO", "https")
    said = {"HTTP_X_FORWARDED_PROTO": "https"}
    assert Client().get("/signin", REMOTE_ADDR=PROXY, **said).status_code == 200
    assert Client().get("/signin", REMOTE_ADDR="192.0.2.1", **said).status_code == 301


@pytest.mark.parametrize("said", ["10.0.0.0/33", "10.0.0.1/8", "proxy.example", "10.0.0.0/8;11.0.0.0/8"])
def test_a_wrong_network_ends_the_start_with_one_line(said, monkeypatch):
    monkeypatch.setenv("TRUSTED_PROXIES", said)
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES") as refused:
        env.networks("TRUSTED_PROXIES")
    assert "\n" not in str(refused.value)


def test_unsafe_proxy_settings_are_refused(behind, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert checks.proxies_are_named() == []
    settings.TRUSTED_PROXIES = []
    assert [found.id for found in checks.proxies_are_named()] == ["gatehouse.E060"]
    behind("0.0.0.0/0")
    assert [found.id for found in checks.not_everybody_is_a_proxy()] == ["gatehouse.E061"]
    behind("8.0.0.0/8", "10.0.0.0/8")
    assert [found.id for found in checks.public_networks_are_no_proxies()] == ["gatehouse.W060"]
    behind("10.0.0.0/8", "203.0.113.4")
    assert checks.public_networks_are_no_proxies() + checks.not_everybody_is_a_proxy() == []
    settings.LIMITS = settings.LIMITS | {"leaks_per_address": (0, 0)}
    assert "LIMIT_LEAKS_PER_ADDRESS" in checks.calls_are_limited()[0].msg


def test_the_address_of_a_person_is_kept_with_the_connection(behind, alice_browser, payroll):
    behind("127.0.0.1")
    code = factories.approve(alice_browser, payroll)
    payroll.http.defaults["HTTP_X_FORWARDED_FOR"] = "2001:db8::7"
    assert payroll.exchange(code).status_code == 200
    assert Connection.objects.get().address == "2001:db8::7"
