"""Migrates and fills the site, and writes the requests: python seed.py FOLDER ROUNDS ONCE."""

import base64
import hashlib
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import bench_site  # noqa: F401  (sets Django up)
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, Grant, RefreshToken

CALLBACK, VERIFIER, SECRET = "https://bench.example/callback", "v" * 50, "only-for-the-bench-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SCOPE, TOKENS, CHAINS, BROWSERS = "openid profile email", 500, 128, 200
NOW = timezone.now()
LATER = NOW + timedelta(days=2)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def main(folder, rounds, once, hashed):
    folder.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    people = User.objects.bulk_create(
        User(username=f"person{n}", password="!", email=f"person{n}@bench.example") for n in range(1000)
    )
    people = list(User.objects.order_by("pk"))
    common = {"redirect_uris": CALLBACK, "algorithm": "RS256", "authorization_grant_type": "authorization-code"}
    app = Application.objects.create(
        name="bench",
        client_id="bench",
        client_type="confidential",
        client_secret=SECRET,
        hash_client_secret=hashed,
        **common,
    )
    public = Application.objects.create(name="pocket", client_id="pocket", client_type="public", **common)
    Application.objects.create(
        name="own",
        client_id="own",
        client_type="confidential",
        client_secret=SECRET,
        hash_client_secret=hashed,
        authorization_grant_type="client-credentials",
        algorithm="RS256",
    )
    basic = FORM | {"Authorization": "Basic " + base64.b64encode(f"bench:{SECRET}".encode()).decode()}
    alone = FORM | {"Authorization": "Basic " + base64.b64encode(f"own:{SECRET}".encode()).decode()}

    def write(name, lines):
        (folder / name).write_text("\n".join(lines))

    write("client credentials", [post("/o/token/", alone, grant_type="client_credentials", scope="read")])
    live = access(app, people, TOKENS)
    write("introspect", [post("/o/introspect/", basic, token=t.token) for t in live])
    write("introspect revoked", [post("/o/introspect/", basic, token=secrets.token_urlsafe(22)) for _ in range(TOKENS)])
    write("userinfo", [line("GET", "/o/userinfo/", {"Authorization": f"Bearer {t.token}"}, "") for t in live])
    write("discovery", [line("GET", "/o/.well-known/openid-configuration", {}, "")])
    write("JWKS", [line("GET", "/o/.well-known/jwks.json", {}, "")])
    write("authorize", [authorize(session(p)) for p in people[:BROWSERS]])
    for n in range(rounds):
        write(f"code exchange.{n}", [exchange(basic, c) for c in codes(app, people, once)])
        write(
            f"code exchange, public.{n}", [exchange(FORM, c, client_id="pocket") for c in codes(public, people, once)]
        )
        write(f"refresh.{n}", [chain(basic, t) for t in refreshes(app, people, CHAINS)])
        write(f"refresh, public.{n}", [chain(FORM, t, client_id="pocket") for t in refreshes(public, people, CHAINS)])
        write(f"revoke.{n}", [post("/o/revoke_token/", basic, token=t) for t in refreshes(app, people, once)])
    print(f"{rounds * once} codes for each client")


def line(method, path, headers, *body):
    return "\x1f".join([method, path, "\x1e".join(f"{k}:{v}" for k, v in headers.items()), *body])


def post(path, headers, **form):
    return line("POST", path, headers, urlencode(form))


def exchange(headers, code, **more):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return post("/o/token/", headers, **form, **more)


def chain(headers, token, **more):
    before = urlencode({"grant_type": "refresh_token", **more}) + "&refresh_token="
    return line("POST", "/o/token/", headers, before, token, "")


def access(app, people, number):
    return AccessToken.objects.bulk_create(
        AccessToken(user=people[n % 1000], application=app, token=secrets.token_urlsafe(22), expires=LATER, scope=SCOPE)
        for n in range(number)
    )


def refreshes(app, people, number):
    made = [
        RefreshToken(user=t.user, application=app, token=secrets.token_urlsafe(22), access_token=t)
        for t in access(app, people, number)
    ]
    return [t.token for t in RefreshToken.objects.bulk_create(made)]


def codes(app, people, number):
    made = Grant.objects.bulk_create(
        Grant(
            user=people[n % 1000],
            application=app,
            code=secrets.token_urlsafe(22),
            expires=LATER,
            redirect_uri=CALLBACK,
            scope=SCOPE,
            code_challenge=CHALLENGE,
            code_challenge_method="S256",
            nonce="n-0S6_WzA2Mj",
        )
        for n in range(number)
    )
    return [g.code for g in made]


def session(person):
    made = SessionStore()
    made[SESSION_KEY], made[BACKEND_SESSION_KEY] = str(person.pk), "django.contrib.auth.backends.ModelBackend"
    made[HASH_SESSION_KEY] = person.get_session_auth_hash()
    made.create()
    return made.session_key


def authorize(cookie):
    asked = {
        "client_id": "bench",
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "state": "af0ifjsldkj",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "approval_prompt": "auto",
    }
    return line("GET", f"/o/authorize/?{urlencode(asked)}", {"Cookie": f"sessionid={cookie}"}, "")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "hashed")
