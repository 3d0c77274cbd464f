"""A switch is turned while two processes issue: after the acknowledged turn and its second, nothing is issued."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.switches import reading, turning
from authorizations.switches.models import Switch, SwitchPeriod
from tests import factories
from tests.conftest import missing

pytestmark = pytest.mark.django_db(transaction=True)

# Another process on the same database, which knows of a turn only what it reads: it asks for tokens until it is told
# to stop, and says when each was issued and when each was refused.
ISSUER = """
import json, os, select, sys, time
import django
from django.conf import settings
django.setup()
settings.DATABASES["default"]["NAME"] = os.environ["ISSUES_FROM"]
from django.test import Client
found, client = [], Client()
while not select.select([sys.stdin], [], [], 0)[0]:  # until somebody says that it is enough
    began = time.time()
    answer = client.post("/oauth2/v2.0/token", "grant_type=client_credentials&scope=vso.profile",
        content_type="application/x-www-form-urlencoded", HTTP_AUTHORIZATION=sys.argv[1])
    found.append([began, time.time(), answer.status_code])
    print(len(found), flush=True) if len(found) == 1 else None
print(json.dumps(found))
"""


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        missing("PostgreSQL")


def test_no_process_issues_a_second_after_the_turn():
    payroll = factories.app()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "ISSUES_FROM": connection.settings_dict["NAME"],
    }
    argv = [sys.executable, "-c", ISSUER, payroll.basic()["HTTP_AUTHORIZATION"]]
    issuers = [
        subprocess.Popen(argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        for issuer in issuers:
            assert issuer.stdout.readline().strip() == "1"  # it has begun, and knows that nothing is stopped
        turning.turn_on(Switch.STOP_ISSUING, by=None, reason="A leak is looked into.", now=timezone.now())
        acknowledged = time.time()
        time.sleep(2.5)
        calls = [json.loads(issuer.communicate("enough", timeout=60)[0].splitlines()[-1]) for issuer in issuers]
    finally:
        for issuer in issuers:
            issuer.kill()
    for found in calls:
        assert {status for _, _, status in found} == {200, 503}
        # Of a call that began in the second, the decision may fall before it is over.
        late = [began - acknowledged for began, _, status in found if status == 200 and began > acknowledged]
        assert max(late, default=0) <= reading.SECONDS, late[-3:]
        print(f"issued for {max(late, default=0):.3f} s after the turn")
    issued = Event.objects.filter(name="token.issued")
    assert issued.count() == sum(status == 200 for found in calls for _, _, status in found)


def test_of_two_who_turn_it_at_once_one_is_told():
    told, barrier = [], threading.Barrier(2)

    def turn():
        barrier.wait(10)
        try:
            turning.turn_on(Switch.READ_ONLY, by=None, reason="Both of us at once.", now=timezone.now())
            told.append("on")
        except turning.TurnRefused as refusal:
            told.append(refusal.field)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=turn) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(told) == ["on", "switch"] and SwitchPeriod.objects.count() == 1
    assert Event.objects.filter(name="switch.turned").count() == 1


def test_a_process_reads_once_a_second_and_waits_for_nobody(monkeypatch):
    reads, now = [], [100.0]
    monkeypatch.setattr(reading.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(reading, "_standing", lambda: reads.append(now[0]) or ())
    memory = reading.Memory()
    for at in (100.0, 100.5, 101.0, 101.01, 101.5, 102.02):
        now[0] = at
        memory.known()
    assert reads == [100.0, 101.01, 102.02]
    with memory._reading:  # another thread reads, and is slow about it
        now[0] = 103.5
        memory.known()
        assert reads[-1] == 102.02
        now[0] = 104.1  # too old to go on with
        memory.known()
        assert reads[-1] == 104.1


def test_pages_go_on_when_a_turn_is_read_in_the_middle_of_a_request(alice_browser):
    turning.turn_on(Switch.STOP_ISSUING, by=None, reason="A leak is looked into.", now=timezone.now())
    reading.memory.forget()
    assert 'data-switch="issuing_stopped"' in Client().get("/").content.decode()
