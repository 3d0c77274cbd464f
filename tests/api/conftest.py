"""A program with a person's token that carries vso.tokens."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests import factories

AREA = "/_apis/delegatedauth"


@dataclass
class Program:
    """Calls the area as a program does: a bearer token, a version, JSON."""

    token: str

    def call(self, method: str, path: str, document: Any = None, **query: str) -> Any:
        asked = "&".join(f"{name}={value}" for name, value in ({"api-version": "7.2-preview.2"} | query).items())
        body = {} if document is None else {"data": json.dumps(document), "content_type": "application/json"}
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {self.token}"}
        return getattr(Client(), method)(f"{AREA}{path}", QUERY_STRING=asked, **body, **bearer)

    def get(self, path: str, **query: str) -> Any:
        return self.call("get", path, **query)

    def post(self, path: str, document: Any = None, **query: str) -> Any:
        return self.call("post", path, document, **query)

    def put(self, path: str, document: Any = None, **query: str) -> Any:
        return self.call("put", path, document, **query)

    def delete(self, path: str, **query: str) -> Any:
        return self.call("delete", path, **query)


def program(browser: Client, **app: Any) -> Program:
    """The person of this browser approves a console that may manage tokens."""
    console = factories.app(**({"name": "Console", "scopes": ["vso.tokens"]} | app))
    return Program(factories.connect(browser, console)["access_token"])


@pytest.fixture
def console(alice_browser: Client) -> Program:
    return program(alice_browser)


@pytest.fixture
def charlies_console(charlie_browser: Client) -> Program:
    return program(charlie_browser, name="Charlie's console")
