"""People and their services under load, as clients of two web processes behind a proxy that skips one that refuses."""

import base64
import hashlib
import http.client
import itertools
import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.deploy.faults.ledger import Ledger
from tests.deploy.place import HOST, PROXIED

CALLBACK = "https://payroll.example/callback"
FORM = "application/x-www-form-urlencoded"
RETRY_SECONDS = 9.0  # a service that lost the answer to its refresh may ask again for ten


class Answer:
    def __init__(self, status: int, headers: dict[str, str], cookies: list[str], text: str) -> None:
        self.status, self.headers, self.cookies, self.text = status, headers, cookies, text

    @property
    def failed(self) -> bool:
        return self.status == 0 or self.status >= 500

    def json(self) -> dict[str, Any]:
        return json.loads(self.text)


NOTHING = Answer(0, {}, [], "")


def ask(port: int, method: str, path: str, body: str, headers: dict[str, str], seconds: float = 12) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request(method, path, body or None, PROXIED | headers)
        said = connection.getresponse()
        cookies = [value for name, value in said.getheaders() if name.lower() == "set-cookie"]
        return Answer(said.status, {k.lower(): v for k, v in said.getheaders()}, cookies, said.read().decode())
    finally:
        connection.close()


class Proxy:
    """Takes turns; a unit that refuses the connection got nothing, so the other one is asked."""

    def __init__(self, ports: list[int], ledger: Ledger) -> None:
        self.ports, self.ledger = ports, ledger
        self.restart_turns()

    def restart_turns(self) -> None:
        self._turn = itertools.cycle(range(len(self.ports)))

    def call(self, what: str, method: str, path: str, body: str = "", **headers: str) -> Answer:
        began, first = time.monotonic(), next(self._turn)
        answer = NOTHING
        for port in (*self.ports[first:], *self.ports[:first]):
            try:
                answer = ask(port, method, path, body, headers)
                break
            except ConnectionRefusedError:
                continue
            except (OSError, http.client.HTTPException):
                break  # it may have been done
        self.ledger.called(what, began, answer.status)
        return answer


class Service:
    """The app's server: exchanges, refreshes, asks, revokes."""

    def __init__(self, proxy: Proxy, client_id: str, secret: str) -> None:
        self.proxy, self.client_id = proxy, client_id
        pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self.headers = {"Authorization": f"Basic {pair}", "Content-Type": FORM}

    def post(self, what: str, path: str, form: dict[str, str]) -> Answer:
        return self.proxy.call(what, "POST", f"/oauth2/v2.0/{path}", urlencode(form), **self.headers)

    def accepted_by(self, port: int, token: str) -> bool | None:
        """Whether this very process calls the token active; None when it does not answer."""
        try:
            answer = ask(port, "POST", "/oauth2/v2.0/introspect", urlencode({"token": token}), self.headers)
        except (OSError, http.client.HTTPException):
            return None
        return answer.json()["active"] if answer.status == 200 else None


class Person:
    """A browser with a session."""

    def __init__(self, proxy: Proxy, name: str, session: str) -> None:
        self.proxy, self.name = proxy, name
        self.cookies = {"__Host-gatehouse_session": session}

    def go(self, what: str, method: str, path: str, form: dict[str, Any] | None = None) -> Answer:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Accept": "text/html"}
        if form is not None:
            headers |= {"Content-Type": FORM, "Origin": f"https://{HOST}"}
        answer = self.proxy.call(what, method, path, urlencode(form or {}, doseq=True), **headers)
        for cookie in answer.cookies:
            name, _, rest = cookie.partition("=")
            self.cookies[name.strip()] = rest.partition(";")[0]
        return answer

    def press(self, what: str, page: Answer, path: str, **more: Any) -> Answer:
        fields = dict(
            re.findall(r'<input type="hidden" name="(csrfmiddlewaretoken|ticket)" value="([^"]+)"', page.text)
        )
        return self.go(what, "POST", path, fields | more)


class Actor(threading.Thread):
    """Grants, exchanges, refreshes, is asked about, and is revoked: again and again until told to stop."""

    def __init__(self, person: Person, service: Service, ledger: Ledger, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.person, self.service, self.ledger, self._stop_asked = person, service, ledger, stop
        self.rounds = 0

    def run(self) -> None:
        try:
            while not self._stop_asked.is_set():
                self._round()
                self.rounds += 1
        except Exception as problem:  # noqa: BLE001  (a thread's end must be seen)
            self.ledger.promise(False, f"{self.person.name} met {type(problem).__name__}: {problem}")

    def _round(self) -> None:
        verifier = secrets.token_urlsafe(48)
        code = self._grant(verifier)
        tokens = code and self._exchange(code, verifier)
        if not tokens:
            time.sleep(0.1)
            return
        claims = claims_of(tokens["access_token"])
        connection, authorization = claims["cid"], claims["aid"]
        for _ in range(3):
            fresh = self._refresh(connection, tokens["refresh_token"])
            if fresh is None:
                return
            tokens = fresh
            self._must_be(tokens["access_token"], active=True)
        if self.rounds % 3 == 2:
            with self.ledger.lock:
                self.ledger.live_tokens[connection] = tokens["access_token"]
            return  # this one stays; the next round connects once more under the same consent
        if self.rounds % 3 == 1:
            self._insist(lambda: self.service.post("revoke", "revoke", {"token": tokens["refresh_token"]}), {200})
            self.ledger.revoked_connections[connection] = time.time()
        else:
            self._revoke_on_the_page(authorization)
        with self.ledger.lock:
            self.ledger.dead_tokens.append(tokens["access_token"])
        self._must_be(tokens["access_token"], active=False)

    def _grant(self, verifier: str) -> str | None:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        question = {
            "client_id": self.service.client_id,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid profile vso.profile",
            "state": "s",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        page = self.person.go("authorize", "GET", "/oauth2/v2.0/authorize?" + urlencode(question))
        if page.status == 200:
            page = self.person.press("grant", page, "/oauth2/v2.0/authorize/decision", decision="accept")
            if page.failed:
                self.ledger.grants_unsure[self.person.name] += 1
            elif page.status == 302 and "code=" in page.headers["location"]:
                self.ledger.grants[self.person.name] += 1
        if page.failed:
            return None
        self.ledger.promise(page.status == 302, f"{self.person.name} was answered {page.status}: {page.text[:300]}")
        return parse_qs(urlsplit(page.headers.get("location", "")).query).get("code", [None])[0]

    def _exchange(self, code: str, verifier: str) -> dict[str, Any] | None:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": verifier}
        answer = self.service.post("exchange", "token", form)
        if answer.failed:
            return None
        self.ledger.promise(answer.status == 200, f"a fresh code was refused: {answer.text[:300]}")
        tokens = answer.json()
        claims = claims_of(tokens["access_token"])
        self.ledger.connections[claims["cid"]] = claims["aid"]
        return tokens

    def _refresh(self, connection: str, value: str) -> dict[str, Any] | None:
        form, began = {"grant_type": "refresh_token", "refresh_token": value}, time.monotonic()
        while True:
            answer = self.service.post("refresh", "token", form)
            if answer.status == 200:
                self.ledger.refreshes[connection] += 1
                return answer.json()
            if not answer.failed:
                late = time.monotonic() - began > RETRY_SECONDS
                self.ledger.promise(late, f"a refresh token was refused: {answer.status} {answer.text[:200]}")
                return None
            self.ledger.refreshes_unsure[connection] += 1
            if self._stop_asked.is_set():
                return None
            time.sleep(0.2)

    def _revoke_on_the_page(self, authorization: str) -> None:
        path = f"/_usersSettings/authorizations/{authorization}/revoke"

        def once() -> Answer:
            page = self.person.go("revoke page", "GET", path)
            if page.failed or "csrfmiddlewaretoken" not in page.text or "revoke-confirm" not in page.text:
                return page  # or it is revoked already, and this page says so
            return self.person.press("revoke", page, path)

        self._insist(once, {200, 302})
        with self.ledger.lock:
            self.ledger.revoked_authorizations[authorization] = time.time()
            ended = [c for c in self.ledger.live_tokens if self.ledger.connections[c] == authorization]
            self.ledger.dead_tokens += [self.ledger.live_tokens.pop(c) for c in ended]

    def _insist(self, act: Callable[[], Answer], good: set[int]) -> None:
        deadline = time.monotonic() + 60
        while (answer := act()).failed and time.monotonic() < deadline:
            time.sleep(0.2)
        self.ledger.promise(answer.status in good, f"a revocation was answered {answer.status}: {answer.text[:300]}")

    def _must_be(self, token: str, *, active: bool) -> None:
        """In every process that answers, at once."""
        for port in self.service.proxy.ports:
            said = self.service.accepted_by(port, token)
            word = "refused a live token" if active else "ACCEPTED A REVOKED TOKEN"
            self.ledger.promise(said in {None, active}, f"the process on {port} {word}")


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
