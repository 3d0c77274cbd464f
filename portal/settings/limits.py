"""How much one caller may ask for: `LIMIT_TOKEN_PER_CLIENT=60000/minute`, or `off`. What each means: docs/limits-and-switches.md."""

from portal import env

_DEFAULTS = {
    # Calls that proved who they are, by that.
    "token_per_client": "60000/minute",
    "introspect_per_client": "600000/minute",
    "revoke_per_client": "60000/minute",
    "api_per_client": "60000/minute",
    # Calls that proved nothing, by address.
    "token_per_address": "300/minute",
    "introspect_per_address": "300/minute",
    "revoke_per_address": "300/minute",
    "api_per_address": "300/minute",
    "failed_per_client_and_address": "60/minute",
    # Pages.
    "signin_per_address": "600/minute",
    "authorize_per_address": "1200/minute",
    "authorize_per_person": "300/minute",
    "admin_per_address": "120/minute",
    "admin_per_person": "1200/minute",
    # Where somebody could guess, or make us work.
    "guesses_per_address": "60/minute",
    "leaks_per_address": "30/minute",
    "verify_per_address": "60/minute",
}
LIMITS = {name: env.rate(f"LIMIT_{name.upper()}", usual) for name, usual in _DEFAULTS.items()}
# Where all processes count together; empty: each for itself.
LIMITS_REDIS_URL = ""
