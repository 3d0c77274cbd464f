"""grant, unmodified, through the end of the legacy model: before, during a brown-out, and after the sunset."""

import time
from collections.abc import Callable

import pytest
import requests

from tests.clients.conftest import Talk
from tests.live.person import Person
from tests.live.stack import Stack, folder, free_ports, running

pytestmark = pytest.mark.xdist_group("live")
PROFILE = "/_apis/profile/profiles/me?api-version=7.1"
# Announced long before: the services take their time as an argument, so nothing is patched.
BROWN_OUT = """
from datetime import timedelta
from django.conf import settings
from django.utils import timezone
from authorizations.services.brown_outs import Plan, plan_brown_out
now = timezone.now()
window = Plan(now - timedelta(minutes=1), now + timedelta(hours=1), "Rehearsal")
plan_brown_out(window, by=None, now=now - settings.BROWN_OUT_NOTICE - timedelta(minutes=2))
"""
CALL_OFF = """
from django.utils import timezone
from authorizations.models import BrownOut
from authorizations.services.brown_outs import cancel_brown_out
print(cancel_brown_out(BrownOut.objects.get(reason="Rehearsal"), by=None, now=timezone.now()))
"""


class Granted:
    """A service built on grant, and a browser in front of it."""

    def __init__(self, stack: Stack, talk: Callable[..., Talk], name: str) -> None:
        port = free_ports(1)
        self.portal, self.home = stack.portal, f"http://localhost:{port}/connect/visualstudio"
        self.callback = f"{self.home}/callback"
        made = stack.register(
            name=name,
            model="legacy",
            registered_at="2024-01-01T00:00:00Z",
            redirect_uris=[self.callback],
            scopes=["vso.profile"],
        )
        keys = {"CLIENT_ID": made["client_id"], "CLIENT_SECRET": made["client_secret"]}
        talk("grant.mjs", PORTAL=stack.portal, GRANT_PORT=str(port), **keys).hear()
        self.browser = requests.Session()

    def begin(self, browser: requests.Session | None = None) -> str:
        """Where grant sends the person. It remembers one request per browser."""
        return (browser or self.browser).get(self.home, allow_redirects=False).headers["Location"]

    def end(self, answer: str) -> dict[str, str]:
        """What grant made of the portal's answer; it exchanges the code on the way."""
        return self.browser.get(answer).json()

    def profile(self, token: str) -> requests.Response:
        return requests.get(self.portal + PROFILE, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def test_grant_lives_until_a_person_revokes_it(stack: Stack, talk: Callable[..., Talk]) -> None:
    service, erin = Granted(stack, talk, "Classic calendar"), Person(stack.portal, "erin@outlook.example")
    answer = service.end(erin.approve(service.begin(), service.callback))
    assert service.profile(answer["access_token"]).json()["displayName"] == "Erin Eriksen"

    erin.revoke("Classic calendar")
    assert service.profile(answer["access_token"]).status_code == 401


def test_grant_is_told_before_during_a_brown_out_and_after_the_sunset(talk: Callable[..., Talk]) -> None:
    with folder() as home:
        with running(home) as own:
            service, erin = Granted(own, talk, "Last of its kind"), Person(own.portal, "erin@outlook.example")
            token = service.end(erin.approve(service.begin(), service.callback))["access_token"]
            before = service.profile(token)
            assert before.json()["displayName"] == "Erin Eriksen" and before.headers["Sunset"]

            pending = erin.approve(service.begin(), service.callback)
            own.manage("shell", "-c", BROWN_OUT)
            paused(service, erin, token, pending)
            assert own.manage("shell", "-c", CALL_OFF).splitlines()[-1] == "True"
            eventually(lambda: service.profile(token).status_code == 200)
            pending = erin.approve(service.begin(), service.callback)
        with running(home, own.port, LEGACY_SUNSET="2026-01-01T00:00:00Z"):
            over(service, erin, token, pending)


def paused(service: Granted, erin: Person, token: str, pending: str) -> None:
    """503, when to come back, and a sentence; the token is not lost."""
    address = service.begin(requests.Session())
    eventually(lambda: erin.get(address).status_code == 503)
    page = erin.get(address)
    assert int(page.headers["Retry-After"]) > 3000 and "This way of connecting is paused" in page.text
    told = service.end(pending)
    assert told["error[error]"] == told["error[Error]"] == "serverError"
    assert "paused until" in told["error[ErrorDescription]"]
    refused = service.profile(token)
    assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 3000


def over(service: Granted, erin: Person, token: str, pending: str) -> None:
    """The documented errors; what was approved is history."""
    page = erin.get(service.begin(requests.Session()))
    assert page.status_code == 400 and "This way of connecting has ended" in page.text
    told = service.end(pending)
    assert told["error[error]"] == told["error[Error]"] == "invalidClient"
    refused = service.profile(token)
    assert refused.status_code == 401 and refused.headers["Sunset"].endswith("2026 00:00:00 GMT")


def eventually(so: Callable[[], bool], seconds: float = 15.0) -> None:
    """Every process of the portal knows a window two seconds later at the latest."""
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.1)
