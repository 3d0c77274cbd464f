"""While the database is away everybody is told to come back in a moment, in their own way."""

import json
from contextlib import contextmanager

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test.client import RequestFactory

from authorizations.rows import database
from portal import machine


@contextmanager
def away(kind=OperationalError):
    def refuse(*_):
        raise kind("the server closed the connection: user=gatehouse password=hunter2")

    # The hot path sends its statements itself; pages and jobs go through Django's cursors.
    with connection.execute_wrapper(refuse), pytest.MonkeyPatch.context() as patch:
        patch.setattr(database.Statement, "_rows", refuse)
        yield


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_page_says_that_we_will_be_back(alice_browser, kind):
    alice_browser.raise_request_exception = False
    with away(kind):
        answer = alice_browser.get("/_usersSettings/authorizations")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "We will be back shortly" in answer.content.decode() and "hunter2" not in answer.content.decode()


def test_a_program_reads_that_it_may_try_again(payroll, connected):
    with away():
        answer = payroll.http.get("/_apis/connectionData", HTTP_AUTHORIZATION=f"Bearer {connected['access_token']}")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert answer.json()["message"] == "Try again in a moment."


def test_a_machine_call_before_djangos_handler_says_the_same(payroll):
    said = {}
    environ = RequestFactory().post(
        "/oauth2/v2.0/introspect", "token=x", content_type="application/x-www-form-urlencoded", **payroll.basic()
    )
    with away():
        body = machine.serve(environ.environ, lambda status, headers: said.update(status=status, **dict(headers)))
    assert said["status"] == "503 Service Unavailable" and said["Retry-After"] == "2"
    assert json.loads(b"".join(body))["error"] == "temporarily_unavailable"


def test_another_fault_is_not_called_passing(alice_browser):
    alice_browser.raise_request_exception = False
    with away(ValueError):
        assert alice_browser.get("/_usersSettings/authorizations").status_code == 500
