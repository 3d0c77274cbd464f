"""What is measured: the operations, how they are driven, and what a right answer holds."""

from bench.generator import Way

ACCESS, REFRESH = '"access_token"', '"refresh_token"'
CHAIN = Way("chain", expect=ACCESS, token='"refresh_token": ?"([^"]+)"')
WAYS: dict[str, Way] = {
    "client credentials": Way(expect=ACCESS),
    "code exchange": Way("once", expect='"id_token"'),
    "code exchange, public": Way("once", expect='"id_token"'),
    "refresh": CHAIN,
    "refresh, public": CHAIN,
    "introspect": Way(expect='"active": ?true'),
    "introspect revoked": Way(expect='"active": ?false'),
    "userinfo": Way(expect='"sub"'),
    "authorize": Way(status=302, expect="[?&]code="),
    "revoke": Way("once"),
    "discovery": Way(expect='"issuer"', check=False),
    "JWKS": Way(expect='"keys"', check=False),
    "legacy code exchange": Way("once", expect=REFRESH),
    "legacy refresh": CHAIN,
    "API call": Way(expect='"authenticatedUser"'),
}
# Bad input, measured of our own server alone: what it costs, and that it is refused and never a 500.
BAD: dict[str, Way] = {
    "malformed": Way(status=400, expect='"invalid_request"'),
    "wrong secret": Way(status=401, expect='"invalid_client"'),
}
WAYS |= BAD
# Those that spend something in each call, so that each round needs a pool of its own.
PER_ROUND = frozenset(name for name, way in WAYS.items() if way.mode != "cycle")
