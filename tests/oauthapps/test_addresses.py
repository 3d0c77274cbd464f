"""Addresses that may be registered, and sentences for those that may not."""

import pytest

from oauthapps import rules


@pytest.mark.parametrize(
    "address",
    [
        "https://app.example/cb",
        "https://app.example:8443/cb?x=1",
        "https://xn--bcher-kva.example/cb",
        "http://localhost/cb",
        "http://localhost:5000/cb",
        "http://127.0.0.1/cb",
        "http://[::1]:8080/cb",
        "https://app.example/" + "a" * (2000 - len("https://app.example/")),
    ],
)
def test_an_exact_https_or_local_address_may_be_registered(address):
    assert rules.check_callback(address) == address


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://app.example/cb", "must start with https://"),
        ("http://localhost.example/cb", "must start with https://"),
        ("ftp://app.example/cb", "must start with https://"),
        ("https://app.example/cb#top", "fragment"),
        ("https://app.example/cb#", "fragment"),
        ("https://*.example/cb", "exactly"),
        ("https://app.example/*", "exactly"),
        ("https://dana:pw@app.example/cb", "user name and password"),
        ("https://microsoft.com@app.example/cb", "user name and password"),
        ("javascript:alert(1)", "whole address"),
        ("data:text/html,x", "whole address"),
        ("/cb", "whole address"),
        ("app.example/cb", "whole address"),
        ("https:///cb", "whole address"),
        ("https://app.example/a/../cb", "steps"),
        ("https://app.example/ü", "https://app.example/%C3%BC"),
        ("https://app%2eexample/cb", "not a host name"),
        ("https://app.example:99999/cb", "not a web address"),
        ("https://[::1/cb", "not a web address"),
        ("https://app.example\\@evil.example/cb", "backslashes"),
        ("https://app.example/\u202ecb", "cannot see"),
        ("https://app.example/\x00", "cannot see"),
        ("https://app.example/" + "a" * 2000, "at most 2000"),
    ],
)
def test_any_other_address_is_refused_with_what_to_do(address, says):
    with pytest.raises(rules.AddressProblem, match=says.replace("[", r"\[")):
        rules.check_callback(address)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "https://a@b.example/", "x", "file:///etc"]
)
def test_a_site_that_is_none_is_refused(address):
    with pytest.raises(rules.AddressProblem):
        rules.check_site(address)


def test_an_app_has_at_most_fifty_callbacks():
    rules.check_callback_count([f"https://app.example/{n}" for n in range(50)])
    with pytest.raises(rules.AddressProblem, match="this is 51"):
        rules.check_callback_count([f"https://app.example/{n}" for n in range(51)])


def test_an_international_host_is_kept_as_it_is_sent():
    assert rules.in_ascii("https://bücher.example:8443/cb?x=1") == "https://xn--bcher-kva.example:8443/cb?x=1"
