"""Fills the portal's own database for the bench, and writes the requests: `python -m bench.ours_seed FOLDER ROUNDS ONCE PEOPLE`.

Everything is made in bulk, as rows: what is measured is the use, not the making.
"""

import base64
import json
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django

django.setup()

from django.conf import settings  # noqa: E402  (the settings come first)
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts import stepup  # noqa: E402
from accounts.models import User  # noqa: E402
from authorizations.models import Authorization, AuthorizationCode, Connection  # noqa: E402
from authorizations.protocol_rules import s256  # noqa: E402
from authorizations.services import access_tokens, refresh_tokens  # noqa: E402
from authorizations.services.keys import ring  # noqa: E402
from bench.generator import Call, write  # noqa: E402
from bench.operations import WAYS  # noqa: E402
from oauthapps.digests import digest, random_value  # noqa: E402
from oauthapps.models import Application, ApplicationSecret  # noqa: E402

CALLBACK = "https://bench.example/callback"
VERIFIER = "v" * 50
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SCOPES = ["openid", "profile", "email", "vso.profile", "vso.work_write", "vso.code"]
CHAINS, TOKENS, BROWSERS = 128, 1000, 300
BATCH = 5000
NOW = timezone.now()
LATER = NOW + timedelta(days=30)


def main(folder: Path, rounds: int, once: int, number: int) -> None:
    ring.published()
    made = people(number)
    app, secret, value = registered("Bench", "standard", SCOPES)
    public = registered("Bench in the pocket", "standard", SCOPES, public=True)[0]
    server, _, server_value = registered("Bench API", "standard", ["vso.profile"], resource_server=True)
    legacy, legacy_secret, legacy_value = registered("Bench of old", "legacy", ["vso.profile", "vso.work_write"])
    standing = authorized(app, made)
    old = authorized(legacy, made[: max(1, number // 4)])
    mobile = authorized(public, made[: max(1, number // 4)])
    basic = FORM | {"Authorization": _basic(app.client_id, value)}
    asker = FORM | {"Authorization": _basic(server.client_id, server_value)}
    calls = Written(folder)
    token_path = "/oauth2/v2.0/token"
    calls.write(
        "client credentials", [Call("POST", token_path, basic, "grant_type=client_credentials&scope=vso.work_write")]
    )
    live = [token_of(app, c) for c in connected(app, secret, standing, TOKENS)]
    over = [token_of(app, c) for c in connected(app, secret, standing, TOKENS, revoked=True)]
    calls.write("introspect", [_post("/oauth2/v2.0/introspect", asker, token=t) for t in live])
    calls.write("introspect revoked", [_post("/oauth2/v2.0/introspect", asker, token=t) for t in over])
    bearers = [{"Authorization": f"Bearer {token}"} for token in live]
    calls.write("userinfo", [Call("GET", "/oauth2/v2.0/userinfo", b) for b in bearers])
    calls.write("API call", [Call("GET", "/_apis/connectionData", b) for b in bearers])
    calls.write("discovery", [Call("GET", "/.well-known/openid-configuration", {})])
    calls.write("JWKS", [Call("GET", "/.well-known/jwks.json", {})])
    calls.write("authorize", [_authorize(app, b) for b in browsers([a.person for a in standing[:BROWSERS]])])
    calls.write("malformed", [_post(token_path, basic, grant_type="authorization_code", code="x" * 40)])
    calls.write("wrong secret", [_wrong(token_path, app, value)])
    for n in range(rounds):
        calls.write("code exchange", [_exchange(basic, c) for c in codes(standing, once)], n)
        calls.write(
            "code exchange, public", [_exchange(FORM, c, client_id=public.client_id) for c in codes(mobile, once)], n
        )
        calls.write("refresh", chain(token_path, basic, connected(app, secret, standing, CHAINS)), n)
        pocket = connected(public, None, mobile, CHAINS)
        calls.write("refresh, public", chain(token_path, FORM, pocket, client_id=public.client_id), n)
        ended = [c.token for c in connected(app, secret, standing, once)]
        calls.write("revoke", [_post("/oauth2/v2.0/revoke", basic, token=t) for t in ended], n)
        calls.write("legacy code exchange", [_legacy(legacy_value, c) for c in codes(old, once)], n)
        calls.write("legacy refresh", legacy_chain(legacy_value, connected(legacy, legacy_secret, old, CHAINS)), n)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


class Written:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, operation: str, calls: list[Call], round_: int | None = None) -> None:
        name = operation if round_ is None else f"{operation}.{round_}"
        write(self.folder / name, calls, WAYS[operation])


def people(number: int) -> list[User]:
    """Of a portal that has many already, some of them: their ids are random, so they are of everywhere in the table."""
    there = list(User.objects.order_by("pk")[:number])
    if len(there) == number:
        return there
    tenant, ids = uuid.uuid4(), [uuid.uuid4() for _ in range(number)]
    return User.objects.bulk_create(
        (
            User(
                tenant_id=tenant,
                object_id=ids[n],
                principal=f"{tenant}.{ids[n]}",
                password="!",
                display_name=f"Person {n}",
                principal_name=f"person{n}@bench.example",
                email=f"person{n}@bench.example",
            )
            for n in range(number)
        ),
        batch_size=BATCH,
    )


def registered(name: str, model: str, scopes: list[str], *, public: bool = False, **more: Any) -> tuple[Any, Any, str]:
    app = Application.objects.create(
        name=name,
        company="Bench",
        model=model,
        scopes=scopes,
        redirect_uris=CALLBACK,
        client_type="public" if public else "confidential",
        registered_at=NOW - timedelta(days=900),
        **more,
    )
    key_id = uuid.uuid4().hex[:16]
    value = f"{key_id}.{random_value()}"
    if public:
        return app, None, ""
    secret = ApplicationSecret.objects.create(
        application=app, slot="primary", key_id=key_id, digest=digest(value), created_at=NOW, expires_at=LATER
    )
    return app, secret, value


def authorized(app: Application, made: list[User]) -> list[Authorization]:
    return Authorization.objects.bulk_create(
        (
            Authorization(
                person=person, application=app, scopes=app.scopes, granted_at=NOW, expires_at=LATER, page_version="1"
            )
            for person in made
        ),
        batch_size=BATCH,
    )


def connected(
    app: Any, secret: Any, of: list[Authorization], number: int, *, revoked: bool = False
) -> list[Connection]:
    """Each has its refresh token as `token`."""
    found = []
    for n in range(number):
        made = Connection(
            authorization=of[n % len(of)],
            scopes=app.scopes,
            secret=secret,
            auth_time=int(NOW.timestamp()),
            created_at=NOW,
            expires_at=LATER,
            revoked_at=NOW if revoked else None,
            told=True,
        )
        made.token = refresh_tokens.first(made.pk)
        made.refresh_digest = digest(made.token)
        found.append(made)
    return Connection.objects.bulk_create(found, batch_size=BATCH)


def token_of(app: Application, made: Connection) -> str:
    token, _ = access_tokens.mint(
        client_id=app.client_id,
        subject=str(made.authorization.person_id),
        scopes=made.scopes,
        now=NOW,
        ends=LATER,
        legacy=False,
        connection_id=made.pk,
        authorization_id=made.authorization_id,
        auth_time=made.auth_time,
    )
    return token


def codes(of: list[Authorization], number: int) -> list[str]:
    values = [random_value() for _ in range(number)]
    legacy = of[0].application.is_legacy
    AuthorizationCode.objects.bulk_create(
        (
            AuthorizationCode(
                digest=digest(value),
                authorization=of[n % len(of)],
                scopes=of[0].scopes,
                redirect_uri=CALLBACK,
                code_challenge="" if legacy else s256(VERIFIER),
                nonce="" if legacy else "n-0S6_WzA2Mj",
                auth_time=int(NOW.timestamp()),
                created_at=NOW,
                expires_at=LATER,
            )
            for n, value in enumerate(values)
        ),
        batch_size=BATCH,
    )
    return values


def browsers(made: list[User]) -> Iterator[str]:
    """People who are signed in: the values of their cookies."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for person in made:
        session = store()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "accounts.backends.ActivePersonBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session[stepup.SESSION_KEY] = {"auth_time": int(NOW.timestamp()), "at": int(NOW.timestamp())}
        session.create()
        yield session.session_key


def _basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def _post(path: str, headers: dict[str, str], **form: str) -> Call:
    return Call("POST", path, headers, urlencode(form))


def _exchange(headers: dict[str, str], code: str, **more: str) -> Call:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return _post("/oauth2/v2.0/token", headers, **form, **more)


def chain(path: str, headers: dict[str, str], of: list[Any], **more: str) -> list[Call]:
    before = urlencode({"grant_type": "refresh_token", **more}) + "&refresh_token="
    return [Call("POST", path, headers, before, c.token) for c in of]


ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def _legacy(secret: str, code: str) -> Call:
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    form = {"client_assertion_type": ASSERTION, "client_assertion": secret, "grant_type": grant, "assertion": code}
    return _post("/oauth2/token", FORM, **form, redirect_uri=CALLBACK)


def legacy_chain(secret: str, of: list[Any]) -> list[Call]:
    before = {"client_assertion_type": ASSERTION, "client_assertion": secret, "redirect_uri": CALLBACK}
    text = urlencode(before | {"grant_type": "refresh_token"}) + "&assertion="
    return [Call("POST", "/oauth2/token", FORM, text, c.token) for c in of]


def _authorize(app: Application, cookie: str) -> Call:
    asked = {
        "client_id": app.client_id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid profile vso.work_write",
        "state": "af0ifjsldkj",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
    }
    address = f"/oauth2/v2.0/authorize?{urlencode(asked)}"
    return Call("GET", address, {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}", "X-Forwarded-Proto": "https"})


def _wrong(path: str, app: Application, value: str) -> Call:
    wrong = value[:-4] + ("AAAA" if not value.endswith("AAAA") else "BBBB")
    return Call("POST", path, FORM | {"Authorization": _basic(app.client_id, wrong)}, "grant_type=client_credentials")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
    print(json.dumps({"authorizations": Authorization.objects.count(), "connections": Connection.objects.count()}))
