"""Whether two hosts belong together, and how a host with foreign letters is told."""

import pytest

from authorizations.pages import hosts


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("app.contoso.com", "www.contoso.com", True),
        ("contoso.com", "login.contoso.com", True),
        ("contoso.com", "contoso.com", True),
        ("contoso.com.", "CONTOSO.com", True),
        ("contoso.com.evil.com", "contoso.com", False),
        ("notcontoso.com", "contoso.com", False),
        ("contoso.co.uk", "evil.co.uk", False),
        ("app.contoso.co.uk", "www.contoso.co.uk", True),
        ("alice.github.io", "mallory.github.io", False),
        ("a.alice.github.io", "alice.github.io", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("203.0.113.7", "203.0.113.7", True),
        ("com", "contoso.com", False),
        ("", "contoso.com", False),
        ("", "", False),
        ("www.contoso.com", "xn--cntoso-wqf.com", False),
    ],
)
def test_hosts_belong_together_by_the_name_that_somebody_registered(one, other, together):
    assert hosts.belong_together(one, other) is together
    assert hosts.belong_together(other, one) is together


@pytest.mark.parametrize(
    ("host", "domain", "below"),
    [
        ("contoso.com", "contoso.com", True),
        ("a.b.contoso.com", "contoso.com", True),
        ("notcontoso.com", "contoso.com", False),
        ("contoso.com", "www.contoso.com", False),
        ("contoso.com", "", False),
    ],
)
def test_a_proof_covers_the_domain_and_what_is_below_it(host, domain, below):
    assert hosts.is_below(host, domain) is below


def test_foreign_letters_are_told_in_ascii():
    cyrillic = "c\u043entoso.com"
    assert hosts.host_of(f"https://{cyrillic}/cb") == "xn--cntoso-wqf.com"
    assert hosts.readable_form("xn--cntoso-wqf.com") == cyrillic
    assert hosts.has_foreign_letters(cyrillic) and hosts.mixes_alphabets("xn--cntoso-wqf.com")


def test_an_honest_name_with_an_umlaut_mixes_nothing():
    assert hosts.has_foreign_letters("münchen.de") and not hosts.mixes_alphabets("münchen.de")
    assert not hosts.has_foreign_letters("munich.de") and not hosts.mixes_alphabets("munich.de")


@pytest.mark.parametrize(
    "address", ["", "https://[", "nothing", "https://" + "x" * 400 + "é.com/", "https://xn--\u00e9.com"]
)
def test_what_is_no_host_is_told_without_an_error(address):
    host = hosts.host_of(address)
    assert host.isascii() and isinstance(hosts.mixes_alphabets(host), bool)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://a.example/cb", "a.example"),
        ("http://localhost:8002/cb", "localhost:8002"),
        ("http://[::1]:80/cb", "[::1]:80"),
        ("https://user@evil.example/cb", "evil.example"),
    ],
)
def test_the_place_of_an_answer_has_host_and_port_and_no_user(address, place):
    assert hosts.place_of(address) == place
