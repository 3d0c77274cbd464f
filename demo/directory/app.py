"""The directory's endpoints."""

import secrets
import time
import uuid
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, render_template, request, session

from demo.directory.accounts import CONSUMERS, Account, fits, load
from demo.directory.config import Config
from demo.directory.signing import Signer
from demo.directory.tokens import Code, Store, TokenError, id_token


def create_app(config: Config) -> Flask:
    app = Flask(__name__)
    signer, store, accounts = Signer(config.state), Store(), load()
    app.secret_key = secrets.token_bytes(32)
    # Cookies on localhost are shared between ports: the name must be our own.
    app.config.update(
        SESSION_COOKIE_NAME="directory_session", SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_HTTPONLY=True
    )
    _metadata(app, config, signer)
    _authorize(app, config, store, accounts)
    _token(app, config, signer, store)
    _control(app, store)
    return app


def _metadata(app: Flask, config: Config, signer: Signer) -> None:
    @app.get("/<tenant>/v2.0/.well-known/openid-configuration")
    def discovery(tenant: str) -> Any:
        issued = {"common": "{tenantid}", "organizations": "{tenantid}", "consumers": CONSUMERS}.get(tenant, tenant)
        base = f"{config.base}/{tenant}"
        return jsonify(
            issuer=f"{config.base}/{issued}/v2.0",
            authorization_endpoint=f"{base}/oauth2/v2.0/authorize",
            token_endpoint=f"{base}/oauth2/v2.0/token",
            jwks_uri=f"{base}/discovery/v2.0/keys",
            end_session_endpoint=f"{base}/oauth2/v2.0/logout",
            userinfo_endpoint=f"{config.base}/oidc/userinfo",
            response_types_supported=["code"],
            subject_types_supported=["pairwise"],
            id_token_signing_alg_values_supported=["RS256"],
            scopes_supported=["openid", "profile", "email", "offline_access"],
            token_endpoint_auth_methods_supported=["client_secret_post", "client_secret_basic"],
        )

    @app.get("/<tenant>/discovery/v2.0/keys")
    def keys(tenant: str) -> Any:
        return jsonify(signer.jwks())

    @app.get("/health")
    def health() -> Any:
        return jsonify(status="ok")


def _problem(text: str, status: int = 400) -> tuple[str, int]:
    return render_template("problem.html", text=text), status


def _back(params: dict[str, str], **fields: str) -> Response:
    answer = fields | ({"state": params["state"]} if params.get("state") else {})
    separator = "&" if "?" in params["redirect_uri"] else "?"
    return redirect(params["redirect_uri"] + separator + urlencode(answer))  # type: ignore[return-value]


def _authorize(app: Flask, config: Config, store: Store, accounts: dict[str, Account]) -> None:
    @app.route("/<tenant>/oauth2/v2.0/authorize", methods=["GET", "POST"])
    def authorize(tenant: str) -> Any:
        params = request.args.to_dict()
        if params.get("client_id") != config.client_id:
            return _problem("AADSTS700016: this application is not known here.")
        if params.get("redirect_uri") not in config.redirect_uris:
            return _problem("AADSTS50011: the redirect URI is not registered for this application.")
        if params.get("response_type") != "code" or "openid" not in params.get("scope", "").split():
            return _back(
                params,
                error="invalid_request",
                error_description="AADSTS900144: response_type=code and scope openid are needed.",
            )
        if params.get("code_challenge") and params.get("code_challenge_method") != "S256":
            return _back(params, error="invalid_request", error_description="AADSTS501482: use S256.")
        candidates = [a for a in accounts.values() if fits(a, tenant, params.get("domain_hint", ""))]
        if request.method == "POST":
            return _picked(params, {a.upn: a for a in candidates}, store)
        return _silent(params, candidates, store) or _picker(params, candidates)


def _signed_in(candidates: list[Account]) -> list[Account]:
    return [a for a in candidates if a.upn in session.get("signed_in", {})]


def _silent(params: dict[str, str], candidates: list[Account], store: Store) -> Any:
    """Single sign-on: straight back when exactly one fitting account is signed in recently enough."""
    prompt, present = params.get("prompt", ""), _signed_in(candidates)
    if params.get("max_age", "").isdigit():
        oldest = time.time() - int(params["max_age"])
        present = [a for a in present if session["signed_in"][a.upn] > oldest]
    if prompt == "none" and len(present) != 1:
        error = "login_required" if not present else "interaction_required"
        return _back(
            params, error=error, error_description="AADSTS50058: nobody, or more than one account, is signed in."
        )
    if prompt in {"", "none"} and len(present) == 1:
        return _answer(params, present[0], store)
    return None


def _picker(params: dict[str, str], candidates: list[Account]) -> str:
    session.setdefault("csrf", secrets.token_urlsafe(16))
    ordered = sorted(candidates, key=lambda a: a.upn != params.get("login_hint", ""))
    return render_template("picker.html", accounts=ordered, csrf=session["csrf"], again=params.get("prompt") == "login")


def _picked(params: dict[str, str], candidates: dict[str, Account], store: Store) -> Any:
    if not secrets.compare_digest(request.form.get("csrf", ""), session.get("csrf", "-")):
        return _problem("The page is too old. Go back and try again.")
    if "cancel" in request.form:
        return _back(params, error="access_denied", error_description="AADSTS65004: the person declined.")
    account = candidates.get(request.form.get("account", ""))
    if account is None:
        return _problem("AADSTS50020: this account cannot be used here.")
    refusal = store.refusals.get(account.upn) or (
        ("access_denied", f"{account.refuse}: not assigned to the application.") if account.refuse else None
    )
    if refusal:
        return _back(params, error=refusal[0], error_description=refusal[1])
    session["signed_in"] = session.get("signed_in", {}) | {account.upn: int(time.time())}
    return _answer(params, account, store)


def _answer(params: dict[str, str], account: Account, store: Store) -> Response:
    code = Code(
        account,
        session["signed_in"][account.upn],
        params["redirect_uri"],
        params.get("code_challenge", ""),
        params.get("nonce", ""),
        params["scope"],
    )
    return _back(params, code=store.issue(code), session_state=str(uuid.uuid4()))


def _token(app: Flask, config: Config, signer: Signer, store: Store) -> None:
    @app.post("/<tenant>/oauth2/v2.0/token")
    def token(tenant: str) -> Any:
        try:
            return jsonify(_exchange(config, signer, store))
        except TokenError as error:
            body = {
                "error": error.error,
                "error_description": f"AADSTS{error.number}: {error.description}",
                "error_codes": [error.number],
                "timestamp": time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime()),
                "trace_id": str(uuid.uuid4()),
                "correlation_id": str(uuid.uuid4()),
            }
            return jsonify(body), 401 if error.error == "invalid_client" else 400

    @app.get("/v1.0/me")
    def me() -> Any:
        account = store.access.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if account is None:
            return jsonify(
                error={"code": "InvalidAuthenticationToken", "message": "Access token is empty or not valid."}
            ), 401
        return jsonify(
            id=account.oid,
            displayName=account.name,
            mail=account.mail,
            userPrincipalName=account.upn,
            givenName=account.given_name,
            surname=account.surname,
            jobTitle=account.job_title,
            businessPhones=[],
            mobilePhone=None,
            officeLocation=None,
            preferredLanguage=None,
        )

    @app.get("/<tenant>/oauth2/v2.0/logout")
    def logout(tenant: str) -> Any:
        session.clear()
        target = request.args.get("post_logout_redirect_uri", "")
        ours = {"/".join(uri.split("/")[:3]) for uri in config.redirect_uris}
        return (
            redirect(target)
            if "/".join(target.split("/")[:3]) in ours
            else _problem("You are signed out of the simulated directory.", 200)
        )


def _exchange(config: Config, signer: Signer, store: Store) -> dict[str, Any]:
    basic = request.authorization
    given = (
        (basic.username, basic.password)
        if basic
        else (request.form.get("client_id"), request.form.get("client_secret"))
    )
    if given != (config.client_id, config.client_secret):
        raise TokenError("invalid_client", 7000215, "The client secret is not valid.")
    if request.form.get("grant_type") != "authorization_code":
        raise TokenError("unsupported_grant_type", 70003, "Only authorization_code is offered.")
    code = store.spend(
        request.form.get("code", ""), request.form.get("redirect_uri", ""), request.form.get("code_verifier", "")
    )
    access, override = secrets.token_urlsafe(32), store.override
    store.override = {}
    store.access[access] = code.account
    return {
        "token_type": "Bearer",
        "scope": code.scope,
        "expires_in": 3600,
        "ext_expires_in": 3600,
        "access_token": access,
        "id_token": id_token(code, config, signer, override),
    }


def _control(app: Flask, store: Store) -> None:
    """For tests: make the next sign-in fail in a chosen way."""

    @app.post("/_control/refuse")
    def refuse() -> Any:
        said = request.get_json()
        store.refusals[said["upn"]] = (said["error"], said.get("description", ""))
        return jsonify(status="ok")

    @app.post("/_control/token")
    def token_override() -> Any:
        store.override = request.get_json()["override"]
        return jsonify(status="ok")

    @app.post("/_control/reset")
    def reset() -> Any:
        store.refusals.clear()
        store.override = {}
        return jsonify(status="ok")
