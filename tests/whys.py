"""Looks at the page that the address of a refusal leads to, as somebody who follows it does."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from authorizations import explaining

ISSUER = "http://localhost:8000"
# RFC 6749 §4.1.2.1, §5.2: what error_uri may hold.
ALLOWED = re.compile(r"^[\x21\x23-\x5b\x5d-\x7e]+$")


def code_of(address: str) -> str:
    """The code that a well-formed address of ours names."""
    assert ALLOWED.match(address), address
    assert address.startswith(f"{ISSUER}/why/"), address
    return urlsplit(address).path.removeprefix("/why/")


def page(browser: Client, address: str) -> str:
    """The text of the page; it must be the one of the code."""
    code = code_of(address)
    response = browser.get(address.removeprefix(ISSUER))
    assert response.status_code == 200, (code, response.status_code)
    assert "no-store" in response["Cache-Control"] and "noindex" in response["X-Robots-Tag"]
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    text = response.content.decode()
    assert f'<code id="error-code">{code}</code>' in text
    found = explaining.find(code)
    assert found is not None
    return text


def role(browser: Client, address: str) -> str:
    """As whom the page sees the one who looks; empty: as anybody."""
    found = re.search(r'id="case" data-role="([a-z]+)"', page(browser, address))
    return found[1] if found else ""


def rest(response: Any) -> str:
    """The address in an error of the REST API, which stands in two places."""
    said = response.json()
    assert said["message"].endswith(f"More about this: {said['helpLink']}"), said
    return said["helpLink"]
