"""Who may be answered without asking. Pure: values in, answer out."""

from collections.abc import Mapping

from demo.directory.accounts import Account
from demo.directory.authorization_request import Asked
from demo.directory.errors import RefusedByRedirect

SignIns = Mapping[str, int]  # upn -> auth_time: several accounts may be signed in, as at Microsoft


def recent_enough(auth_time: int, max_age: int | None, now: int) -> bool:
    """OpenID Connect Core §3.1.2.1: `max_age=0` asks for a new sign-in even within the same second."""
    return max_age is None or (max_age > 0 and now - auth_time <= max_age)


def standing(account: Account, asked: Asked, sign_ins: SignIns, now: int) -> int | None:
    """The auth_time of a sign-in that still counts for this request."""
    auth_time = sign_ins.get(account.upn)
    if auth_time is None or asked.prompt == "login" or not recent_enough(auth_time, asked.max_age, now):
        return None
    return auth_time


def silent(asked: Asked, candidates: list[Account], sign_ins: SignIns, now: int) -> Account | None:
    """Single sign-on: the one fitting account that is signed in; a hint means that account and no other."""
    if asked.prompt not in {"", "none"}:
        return None
    present = [a for a in candidates if a.upn in sign_ins and asked.login_hint in {"", a.upn}]
    if len(present) == 1 and standing(present[0], asked, sign_ins, now) is not None:
        return present[0]
    if asked.prompt == "none":
        raise cannot_stay_silent(len(present))
    return None


def cannot_stay_silent(present: int) -> RefusedByRedirect:
    """OpenID Connect Core §3.1.2.6."""
    if present > 1:
        return RefusedByRedirect(
            "interaction_required", "AADSTS16000: Several accounts are signed in; one must be picked."
        )
    return RefusedByRedirect("login_required", "AADSTS50058: Nobody who fits is signed in, or not recently enough.")


def hinted_first(candidates: list[Account], login_hint: str) -> list[Account]:
    return sorted(candidates, key=lambda account: account.upn != login_hint)
