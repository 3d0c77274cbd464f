"""The authorization request: what was asked, and the ordered checks that it must pass."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from demo.directory.config import Config
from demo.directory.errors import RefusedByRedirect, RefusedOnPage

Params = Mapping[str, str]
PROMPTS = {"", "none", "login", "select_account", "consent"}


@dataclass(frozen=True)
class Asked:
    prompt: str
    max_age: int | None
    login_hint: str
    domain_hint: str


def client_is_registered(params: Params, config: Config) -> None:
    if params.get("client_id") != config.client_id:
        raise RefusedOnPage("unauthorized_client", 700016, "This application is not registered in this directory.")


def redirect_uri_is_registered(params: Params, config: Config) -> None:
    """RFC 9700 §2.1: exact comparison; a prefix match is an open door."""
    if params.get("redirect_uri") not in config.redirect_uris:
        raise RefusedOnPage("invalid_request", 50011, "The redirect URI is not one that this application registered.")


def answer_is_a_code_in_the_query(params: Params, config: Config) -> None:
    if params.get("response_type") != "code" or params.get("response_mode", "query") != "query":
        raise RefusedByRedirect("unsupported_response_type", "AADSTS70005: Only a code, in the query, is offered.")


def scope_asks_for_something(params: Params, config: Config) -> None:
    if not {"openid", "User.Read"} & set(params.get("scope", "").split()):
        raise RefusedByRedirect("invalid_scope", "AADSTS70011: The scope must include openid or User.Read.")


def pkce_is_s256(params: Params, config: Config) -> None:
    """RFC 9700 §2.1.1: `plain` (which a missing method means, RFC 7636 §4.3) gives the verifier away."""
    if params.get("code_challenge") and params.get("code_challenge_method") != "S256":
        raise RefusedByRedirect("invalid_request", "AADSTS50149: Invalid Code_Challenge_method parameter; use S256.")


def prompt_is_known(params: Params, config: Config) -> None:
    if params.get("prompt", "") not in PROMPTS:
        raise RefusedByRedirect("invalid_request", "AADSTS90023: The value of prompt is not supported.")


def max_age_is_a_number(params: Params, config: Config) -> None:
    value = params.get("max_age", "0")
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise RefusedByRedirect("invalid_request", "AADSTS90023: max_age must be a number of seconds.")


Check = Callable[[Params, Config], None]
# The first two answer on a page: until they hold there is no callback to trust.
BEFORE_ANY_REDIRECT: tuple[Check, ...] = (client_is_registered, redirect_uri_is_registered)
CHECKS: tuple[Check, ...] = (
    answer_is_a_code_in_the_query,
    scope_asks_for_something,
    pkce_is_s256,
    prompt_is_known,
    max_age_is_a_number,
)


def read(params: Params, config: Config) -> Asked:
    for check in CHECKS:
        check(params, config)
    return Asked(
        prompt=params.get("prompt", ""),
        max_age=int(params["max_age"]) if "max_age" in params else None,
        login_hint=params.get("login_hint", "").strip().lower(),
        domain_hint=params.get("domain_hint", ""),
    )
