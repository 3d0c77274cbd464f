"""Rotates the secret of an app while a service uses it without pause, as docs/developers.md says, and counts what fails.

    python -m demo.rotate_under_load --portal http://localhost:8000

It uses the database of its settings (those of `make run` unless told), registers an app of its own there and deletes
it at the end. Prints one JSON object; ends with 1 when a single request failed.
"""

import argparse
import json
import os
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import django
import requests

PHASE = 150  # requests that pass in each phase, whatever the machine needs for them
PATIENCE = 180.0  # seconds until a phase counts as stuck
VERIFIER = "v" * 50
CALLBACK = "https://load.example/callback"


class Service:
    """A service with one connection per worker: it refreshes, calls the API, and asks for tokens of its own."""

    def __init__(self, portal: str, client_id: str, secret: str) -> None:
        self.portal, self.client_id, self.secret = portal, client_id, secret
        self.done: Counter[str] = Counter()
        self.failed: list[str] = []
        self.rounds: Counter[int] = Counter()
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, codes: list[str]) -> None:
        self._threads = [threading.Thread(target=self._work, args=(n, code)) for n, code in enumerate(codes)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def wait_for_requests(self, number: int) -> None:
        goal = sum(self.done.values()) + number
        wait_until(lambda: sum(self.done.values()) >= goal or not self._alive())

    def wait_for_rounds(self) -> None:
        """Until each worker has gone round once more: nothing it holds is from before."""
        goal = {n: self.rounds[n] + 2 for n in range(len(self._threads))}
        wait_until(lambda: all(self.rounds[n] >= at for n, at in goal.items()) or not self._alive())

    def _alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def _work(self, number: int, code: str) -> None:
        http = requests.Session()
        http.headers["User-Agent"] = f"load-worker-{number}"
        exchange = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        tokens = self._ask(http, "exchange", "token", exchange)
        while tokens and not self._stop.is_set():
            again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
            tokens = self._ask(http, "refresh", "token", again) or tokens
            self._call(http, tokens["access_token"])
            own = self._ask(http, "client_credentials", "token", {"grant_type": "client_credentials"})
            if own:
                self._check(http, own["access_token"])
            self.rounds[number] += 1

    def _ask(self, http: requests.Session, what: str, path: str, form: dict[str, str]) -> dict[str, Any]:
        answer = http.post(
            f"{self.portal}/oauth2/v2.0/{path}", data=form, auth=(self.client_id, self.secret), timeout=60
        )
        return self._count(what, answer, answer.status_code == 200)

    def _call(self, http: requests.Session, token: str) -> None:
        answer = http.get(
            f"{self.portal}/_apis/connectionData", headers={"Authorization": f"Bearer {token}"}, timeout=60
        )
        self._count("api", answer, answer.status_code == 200)

    def _check(self, http: requests.Session, token: str) -> None:
        answer = http.post(
            f"{self.portal}/oauth2/v2.0/introspect",
            data={"token": token},
            auth=(self.client_id, self.secret),
            timeout=60,
        )
        self._count("introspect", answer, answer.status_code == 200 and answer.json()["active"])

    def _count(self, what: str, answer: requests.Response, good: bool) -> dict[str, Any]:
        with self._lock:
            self.done[what] += 1
            if not good:
                self.failed.append(f"{what}: {answer.status_code} {answer.text[:200]}")
        return answer.json() if good else {}


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("The load does not get on.")
        time.sleep(0.05)


def rotate(portal: str, workers: int) -> dict[str, Any]:
    from django.utils import timezone

    from authorizations.services import app_secrets
    from authorizations.services.app_retirement import delete_app

    app, old, people = prepare(workers)
    service = Service(portal, app.client_id, old[1])
    service.start([approve(app, person) for person in people])
    try:
        service.wait_for_requests(PHASE)
        # 1. Make a secret in the other slot: both are good now.
        made = app_secrets.regenerate(app, slot="alternative", by=None, now=timezone.now(), replaces="")
        service.wait_for_requests(PHASE)
        # 2. The service moves to it.
        service.secret = made.value
        # 3. Nothing depends on the old one any more: each connection moved with its refresh.
        wait_until(lambda: app_secrets.still_used_by(old[0], timezone.now()).connections == 0)
        service.wait_for_rounds()
        # 4. The old one ends.
        ended = app_secrets.retire(app, slot="primary", by=None, now=timezone.now(), replaces=old[0].key_id)
        service.wait_for_requests(PHASE)
    finally:
        service.stop()
    stopped = delete_app(app, by=None, now=timezone.now())
    return {
        "requests": dict(service.done),
        "failed": len(service.failed),
        "failures": service.failed[:10],
        "connections_ended_with_the_old_secret": ended[0],
        "connections_at_the_end": stopped.connections,
    }


def prepare(workers: int) -> tuple[Any, Any, list[Any]]:
    """The app with its first secret, and as many people as workers."""
    from django.utils import timezone

    from accounts.models import User
    from oauthapps import services

    now = timezone.now()
    registration = services.Registration("Load of a rotation", "Gatehouse", [CALLBACK], ["vso.profile", "vso.project"])
    app = services.register(registration, owners=[], by=None, now=now)
    people = list(User.objects.filter(is_active=True)[:workers])
    tenant = uuid.uuid4()
    while len(people) < workers:
        people.append(User.objects.create_person(tenant_id=tenant, object_id=uuid.uuid4(), display_name="Load"))
    return app, services.create_secret(app, slot="primary", by=None, now=now), people


def approve(app: Any, person: Any) -> str:
    """What the approval page does when the person accepts; returns the code."""
    from django.utils import timezone

    from authorizations.protocol_rules import s256
    from authorizations.services import consent

    scopes = tuple(app.all_scopes)
    code = consent.CodeRequest(scopes, CALLBACK, s256(VERIFIER), "", None, uuid.uuid4())
    return consent.accept(
        person, app, given=consent.Given(scopes, declined=(), shown={}), code=code, now=timezone.now()
    )


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--portal", default="http://localhost:8000")
    arguments.add_argument("--workers", type=int, default=4)
    said = arguments.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.local")
    django.setup()
    found = rotate(said.portal, said.workers)
    print(json.dumps(found, indent=2))
    return 1 if found["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
