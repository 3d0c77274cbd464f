"""/metrics: who may read it, what it says, and that several processes add up."""

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from authorizations import meters
from authorizations.meters import folder
from portal.metrics import standing
from tests import factories
from tests.portal.jobs import all_ran

TOKEN = "a-token-for-the-metrics-0123456789"


@pytest.fixture(autouse=True)
def counting(settings, tmp_path):
    settings.METRICS_DIR, settings.METRICS_TOKEN, settings.METRICS_NETWORKS = str(tmp_path), TOKEN, []
    for kept in (meters.memory, meters.writer, standing):
        kept.forget()
    yield tmp_path
    for kept in (meters.memory, meters.writer):
        kept.forget()


def read(**headers):
    return Client().get("/metrics", headers=headers or {"Authorization": f"Bearer {TOKEN}"})


def samples(text):
    return {
        (s.name, *sorted(s.labels.values())): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


def test_a_stranger_does_not_learn_that_there_are_metrics(settings):
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "é"}):
        assert Client().get("/metrics", headers=header).status_code == 404
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db
def test_configured_networks_may_read_them(settings):
    settings.METRICS_NETWORKS = [ip_network("10.1.0.0/16"), ip_network("2001:db8::/32")]
    for address, status in (("10.1.2.3", 200), ("2001:db8::7", 200), ("10.2.0.1", 404), ("", 404), ("unix", 404)):
        assert Client(REMOTE_ADDR=address).get("/metrics").status_code == status


@pytest.mark.django_db
def test_a_stranger_cannot_write_an_address_of_a_configured_network_into_a_header(settings):
    settings.METRICS_NETWORKS, settings.TRUSTED_PROXIES = [ip_network("10.1.0.0/16")], [ip_network("192.0.2.1/32")]
    said = {"X-Forwarded-For": "10.1.2.3"}
    assert Client(REMOTE_ADDR="203.0.113.9").get("/metrics", headers=said).status_code == 404
    assert (
        Client(REMOTE_ADDR="192.0.2.1")
        .get("/metrics", headers={"X-Forwarded-For": "10.1.2.3, 203.0.113.9"})
        .status_code
        == 404
    )
    assert Client(REMOTE_ADDR="192.0.2.1").get("/metrics", headers=said).status_code == 200


@pytest.mark.django_db
def test_requests_are_counted_by_route_and_outcome_and_never_by_path(payroll):
    Client().get("/signin")
    Client().get("/no/such/page-zz4711")
    Client().get("/zz4711/_settings/members")
    Client().get("/oauth2/v2.0/introspect")
    found = samples(read().content.decode())
    assert found["gatehouse_requests_total", "200", "accounts:signin"] == 1
    assert found["gatehouse_requests_total", "404", "unknown"] == 1
    assert found["gatehouse_requests_total", "405", "introspect"] == 1
    assert found["gatehouse_request_seconds_count", "accounts:signin"] == 1
    assert found["gatehouse_request_seconds_bucket", "+Inf", "accounts:signin"] == 1
    assert b"4711" not in read().content


@pytest.mark.django_db
def test_decisions_and_tokens_are_counted(alice_browser, payroll):
    tokens = factories.connect(alice_browser, payroll)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert Client().get("/oauth2/v2.0/userinfo", headers=bearer).status_code in {200, 403}
    found = samples(read().content.decode())
    assert found["gatehouse_tokens_issued_total", "authorization_code"] == 1
    assert found["gatehouse_decisions_total", "allowed"] == 1


@pytest.mark.django_db
def test_jobs_outbox_sealing_and_keys_are_there(django_assert_max_num_queries, connected):
    now = timezone.now()
    all_ran(now - timedelta(minutes=30))
    with django_assert_max_num_queries(10):
        found = samples(read().content.decode())
    assert 1800 <= found["gatehouse_task_lag_seconds", "deliver-mail"] < 1860
    assert found["gatehouse_task_late", "deliver-mail"] == 1 and found["gatehouse_task_late", "close-rules"] == 0
    assert found["gatehouse_task_period_seconds", "deliver-mail"] == 10
    assert ("gatehouse_outbox_messages", "mail") in found
    assert found["gatehouse_unsealed_events",] >= 3
    assert found["gatehouse_signing_key_age_seconds", "ES256"] >= 0
    assert found["gatehouse_resident_bytes",] > 10_000_000 and found["gatehouse_processes",] == 1
    with django_assert_max_num_queries(0):  # asked again at once, it costs the database nothing
        read()


COUNT = """
import sys, django; django.setup()
from authorizations import meters
for _ in range(1000): meters.request("token", 200, 0.002)
meters.issued("refresh_token")
meters.writer.write()
print("counted", flush=True)
sys.stdin.readline()
"""


def test_several_processes_add_up_and_what_an_ended_one_counted_stays(counting):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.portal.counting", "METRICS_HERE": str(counting)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    running = [subprocess.Popen([sys.executable, "-c", COUNT], **pipes) for _ in range(2)]
    try:
        assert [process.stdout.readline() for process in running] == ["counted\n"] * 2
        total = folder.total(str(counting))
        assert (total.processes, total.counts["requests", ("token", "200")]) == (2, 2000)
        running[0].kill()  # no chance to say goodbye
        running[0].wait()
        total = folder.total(str(counting))
        assert (total.processes, total.counts["requests", ("token", "200")]) == (1, 2000)
        assert len(list(counting.glob("*~*.json"))) == 1 and (counting / "ended.json").exists()
        assert folder.total(str(counting)).counts["tokens_issued", ("refresh_token",)] == 2
        assert sum(folder.total(str(counting)).times["request_seconds", ("token",)][:-1]) == 2000
    finally:
        for process in running:
            process.kill()
            process.communicate()


def test_a_folder_that_cannot_be_written_costs_the_numbers_and_no_request(settings, caplog):
    settings.METRICS_DIR = "/proc/nothing-can-be-made-here"
    meters.writer.forget()
    meters.writer.write()
    meters.writer.write()
    meters.writer.forget()
    assert [r.message for r in caplog.records if "metrics cannot be written" in r.message] != []
    assert len([r for r in caplog.records if "metrics cannot be written" in r.message]) == 1  # said once


def test_a_file_cut_short_is_passed_over(counting):
    (counting / "elsewhere~1~2.json").write_text('{"counts": [["requests", ["tok')
    meters.request("token", 200, 0.001)
    meters.writer.forget()
    meters.writer.write()
    assert folder.total(str(counting)).counts["requests", ("token", "200")] == 1
    meters.writer.forget()


def test_counting_costs_microseconds_and_no_statement():
    began = time.perf_counter()
    for _ in range(20_000):
        meters.request("token", 200, 0.0042)
    each = (time.perf_counter() - began) / 20_000
    assert each < 30e-6, f"{each * 1e6:.2f} µs"  # measured: about 1 µs; the bound is for a busy machine
    assert json.loads(json.dumps(meters.memory.snapshot()))["counts"] == [["requests", ["token", "200"], 20_000.0]]
