"""GET|POST /{tenant}/oauth2/v2.0/authorize: single sign-on, the account picker, and the answer to the client."""

import secrets
import time
import uuid
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, redirect, render_template, request, session
from werkzeug import Response as Redirect

from demo.directory import choice
from demo.directory.accounts import Account, candidates
from demo.directory.authorization_request import BEFORE_ANY_REDIRECT, Asked, Params, read
from demo.directory.errors import RefusedByRedirect, RefusedOnPage
from demo.directory.state import directory
from demo.directory.store import Grant

blueprint = Blueprint("authorize", __name__)


@blueprint.route("/<tenant>/oauth2/v2.0/authorize", methods=["GET", "POST"])
def authorize(tenant: str) -> Redirect | str:
    params, now = request.args.to_dict(), int(time.time())
    for check in BEFORE_ANY_REDIRECT:
        check(params, directory().config)
    try:
        asked = read(params, directory().config)
        fitting = candidates(directory().accounts, tenant.lower(), asked.domain_hint)
        picking = request.method == "POST"
        account = picked(fitting) if picking else choice.silent(asked, fitting, sign_ins(), now)
        return answer(params, asked, account, now) if account else picker(params, asked, fitting)
    except RefusedByRedirect as refused:
        return back(params, error=refused.error, error_description=refused.description)


def sign_ins() -> dict[str, int]:
    found: dict[str, int] = session.get("sign_ins", {})
    return found


def picker(params: Params, asked: Asked, fitting: list[Account]) -> str:
    csrf = session.setdefault("csrf", secrets.token_urlsafe(16))
    again = asked.prompt == "login" or asked.max_age is not None
    return render_template(
        "picker.html",
        accounts=choice.hinted_first(fitting, asked.login_hint),
        csrf=csrf,
        again=again and bool(sign_ins()),
        client=urlsplit(params["redirect_uri"]).netloc,
        sign_ins=sign_ins(),
    )


def picked(fitting: list[Account]) -> Account:
    # Without it another site could sign a person in as an account of its choice (RFC 6749 §10.12).
    if not secrets.compare_digest(request.form.get("csrf", "").encode(), session.get("csrf", "-").encode()):
        raise RefusedOnPage("invalid_request", 90014, "This page is too old. Go back and start again.")
    if "cancel" in request.form:
        raise RefusedByRedirect("access_denied", "AADSTS65004: User declined to consent to access the app.")
    account = next((a for a in fitting if a.upn == request.form.get("account")), None)
    if account is None:
        raise RefusedOnPage("invalid_request", 50020, "This account cannot be used for this request.")
    return account


def answer(params: Params, asked: Asked, account: Account, now: int) -> Redirect:
    """The code. A refused account is not remembered as signed in, so that the next try offers the others."""
    refuse_if_told_to(account)
    standing = choice.standing(account, asked, sign_ins(), now)
    auth_time = now if standing is None else standing
    session["sign_ins"] = sign_ins() | {account.upn: auth_time}
    grant = Grant(
        account=account,
        auth_time=auth_time,
        redirect_uri=params["redirect_uri"],
        challenge=params.get("code_challenge", ""),
        nonce=params.get("nonce", ""),
        scope=params["scope"],
        made_at=time.time(),
    )
    return back(params, code=directory().store.issue_code(grant), session_state=str(uuid.uuid4()))


def refuse_if_told_to(account: Account) -> None:
    told = directory().controls.refusals.get(account.upn)
    if told is None and account.refuse:
        told = "access_denied", f"{account.refuse}: The signed in user is not assigned to a role for the application."
    if told is not None:
        raise RefusedByRedirect(*told)


def back(params: Params, **fields: str) -> Redirect:
    """RFC 6749 §4.1.2: the callback keeps its own query, and the state comes back unchanged."""
    fields |= {"state": params["state"]} if "state" in params else {}
    separator = "&" if "?" in params["redirect_uri"] else "?"
    return redirect(params["redirect_uri"] + separator + urlencode(fields))
