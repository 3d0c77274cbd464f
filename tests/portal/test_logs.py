"""Log lines: one object a line, which request it was, and nothing that opens a door."""

import io
import json
import logging
import os
import subprocess
import sys

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client

from authorizations import personal_format
from authorizations.events.context import RequestFacts, note_client, remember
from authorizations.models import Connection
from authorizations.notifications import links
from authorizations.services import refresh_tokens
from oauthapps.digests import random_value
from portal.logs import Lines
from portal.logs.secrets import REMOVED, without_secrets
from tests import factories


@pytest.fixture
def logged():
    """A logger like all others, and the lines that it wrote."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Lines("json"))
    logger = logging.getLogger("tests.logs")
    logger.handlers, logger.propagate = [handler], False
    yield logger, lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    logger.handlers, logger.propagate = [], True


def test_a_line_says_which_request_and_which_client(logged):
    logger, lines = logged
    remember(RequestFacts(request_id="0123456789abcdef"))
    note_client("payroll-id")
    logger.warning("it took %s ms", 12, extra={"endpoint": "token"})
    remember(RequestFacts())
    (line,) = lines()
    assert line["message"] == "it took 12 ms" and line["level"] == "warning" and line["logger"] == "tests.logs"
    assert (line["request_id"], line["client_id"], line["endpoint"]) == ("0123456789abcdef", "payroll-id", "token")
    assert line["at"].endswith("Z")


def test_real_tokens_codes_and_secrets_are_removed_wherever_they_stand(alice_browser, payroll, alice, logged):
    tokens = factories.connect(alice_browser, payroll)
    found = Connection.objects.get()
    secrets = {
        "access token": tokens["access_token"],
        "id token": tokens["id_token"],
        "refresh token": tokens["refresh_token"],
        "the next refresh token": refresh_tokens.successor(tokens["refresh_token"], found.pk),
        "secret of an app": payroll.secret,
        "authorization code": random_value(),
        "personal token": personal_format.new_value(),
        "link in a mail": links.revoke(str(found.pk), alice.pk).rsplit("/", 1)[1],
        "session": alice_browser.session.session_key,
    }
    logger, lines = logged
    for what, value in secrets.items():
        for text in (
            f"failed with {value}",
            f"Authorization: Bearer {value}",
            f"GET /x?code={value}&state=1",
            f"{{'access_token': '{value}'}}",
            f'{{"client_secret":"{value}"}}',
            f"ValueError({value!r})",
        ):
            assert value not in without_secrets(text), (what, text)
        logger.error(
            "a call failed: %s", {"what": value, "token": "short"}, extra={"said": [value], "password": "short"}
        )
        try:
            raise RuntimeError(f"cannot read {value}")
        except RuntimeError:
            logger.exception("broken %s", value)
    text = json.dumps(lines())
    for what, value in secrets.items():
        assert value not in text and value.rsplit(".", 1)[-1] not in text, what
    assert "RuntimeError" in text and "Traceback" in text and '"password": "[removed]"' in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("postgres://gate:hunter2@db/gate", f"postgres://{REMOVED}@db/gate"),
        ("password=hunter2 host=db", f"password={REMOVED} host=db"),
        ("Cookie: gatehouse_session=abc; x=y", f"Cookie: {REMOVED}"),
        ("GET /oauth2/authorize?client_id=a&state=xyz&code=short HTTP/1.1", f"code={REMOVED} HTTP"),
        ("Basic YWxpY2U6aHVudGVyMg==", f"Basic {REMOVED}"),
    ],
)
def test_named_values_are_removed_however_short(text, says):
    cleaned = without_secrets(text)
    assert says in cleaned
    for value in ("hunter2", "=abc", "=xyz", "=short", "YWxpY2U6aHVudGVyMg"):
        assert value not in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "authorizations.tasks.personal.end_idle_personal_tokens succeeded in 0.012s: 3",
        "connection 1f0e0d0c-1111-2222-3333-444455556666 of app 0f0e0d0c-1111-2222-3333-444455556666",
        "request 4bf92f3577b34da6a3ce929d0e0e4736 answered 200",
        "test_a_person_who_signed_in_15_minutes_ago_is_asked_again",
        "sign-in refused: account_disabled: AccountDisabledByTheDirectoryOfTheOrganization",
        "exit code: 1; state: waiting",
        'File "authorizations/services/tokens.py", line 56, in exchange_code',
    ],
)
def test_what_people_need_to_read_stays(text):
    assert without_secrets(text) == text


@pytest.mark.django_db
def test_an_error_of_the_database_does_not_print_the_values_of_the_row(connected, logged):
    logger, lines = logged
    row = Connection.objects.get()
    row.refresh_digest = "digest-of-the-row-that-must-not-be-printed"
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        logger.exception("it broke")
    (line,) = lines()
    assert "IntegrityError" in line["exception"]
    assert "digest-of-the-row" not in line["exception"]
    if connection.vendor == "postgresql":
        assert f"Key (id)=({REMOVED})" in line["exception"]


def test_a_record_that_cannot_be_written_never_prints_its_arguments():
    record = logging.LogRecord("x", logging.WARNING, "f.py", 1, "%d calls", ("hunter2-is-my-password",), None)
    line = json.loads(Lines("json").format(record))
    assert line["message"] == "a log line could not be written" and "hunter2" not in json.dumps(line)


def test_readable_lines_are_filtered_too():
    record = logging.LogRecord("x", logging.WARNING, "f.py", 1, "token=%s", (random_value(),), None)
    assert f"token={REMOVED}" in Lines("text").format(record)


@pytest.mark.django_db
def test_the_access_log_has_a_line_for_each_request_without_query_and_token(settings, capfd, alice_browser, payroll):
    settings.ACCESS_LOG, settings.LOG_FORMAT = True, "json"
    cache.clear()
    secret = random_value()
    alice_browser.get(f"/_invitations/{secret}?code=hunter2")
    Client().get("/nothing/here?access_token=hunter2")
    payroll.token(grant_type="client_credentials", scope="vso.work")
    text = capfd.readouterr().err
    first, second, third = (json.loads(line) for line in text.splitlines() if '"portal.access"' in line)
    assert "hunter2" not in text and secret not in text and payroll.secret not in text
    assert first["person_id"] == alice_browser.session["_auth_user_id"] and first["path"] == f"/_invitations/{REMOVED}"
    assert (second["endpoint"], second["status"], second["path"]) == ("unknown", 404, "/nothing/here")
    assert third["endpoint"] == "token" and third["client_id"] == payroll.client_id
    assert all(line["ms"] > 0 and len(line["request_id"]) == 32 for line in (first, second, third))


SPEAKS = """
import json, logging, sys
from granian.log import LogLevels, configure_logging
configure_logging(LogLevels.info, json.load(open("portal/logs/granian.json")))
logging.getLogger("_granian").info("Starting granian for %s", "https://gate:hunter2@id.example")
import django; django.setup()
import portal.celery
from celery.app.log import Logging
Logging(portal.celery.app).setup(loglevel="INFO")
logging.getLogger("_granian").info("Started worker")
logging.getLogger("celery.app.trace").error("Task failed", exc_info=(ValueError, ValueError("password=hunter2"), None))
"""


def test_the_server_and_the_worker_write_the_same_lines():
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings.test", "LOG_FORMAT": "json"}
    done = subprocess.run([sys.executable, "-c", SPEAKS], env=environment, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]  # nothing else, and each line once
    assert [line["message"] for line in lines] == [
        f"Starting granian for https://{REMOVED}@id.example",
        "Started worker",
        "Task failed",
    ]
    assert "hunter2" not in done.stderr + done.stdout and "ValueError" in lines[2]["exception"]
