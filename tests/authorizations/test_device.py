"""What connected, in plain words; what is not known stays as it was said."""

import pytest

from authorizations.pages.device import device

MOZILLA = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) {}"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Windows"),
        (MOZILLA.format("Windows NT 10.0", "Chrome/129.0 Safari/537.36 Edg/129.0"), "Edge on Windows"),
        (MOZILLA.format("X11; Linux x86_64", "Chrome/129.0 Safari/537.36"), "Chrome on Linux"),
        (MOZILLA.format("iPhone; CPU iPhone OS 18_0 like Mac OS X", "Version/18.0 Safari/604.1"), "Safari on iPhone"),
        (MOZILLA.format("Linux; Android 14", "Chrome/129.0 Mobile Safari/537.36"), "Chrome on Android"),
        ("Mozilla/5.0", "A browser"),
        ("python-requests/2.31.0", "A Python program (python-requests 2.31)"),
        ("Go-http-client/1.1", "A Go program (Go-http-client 1.1)"),
        ("axios/1.7.2", "A JavaScript program (axios 1.7)"),
        ("Contoso-Reports/4.2 (build 7)", "Contoso-Reports 4.2"),
        ("node", "A JavaScript program (node)"),
        ("", "Unknown program"),
        ("<script>", "<script>"),  # the template escapes it
        ("X" * 300, "X" * 60),
    ],
)
def test_plain_words(said, words):
    assert device(said) == words
