"""The questions that endpoints and pages ask, in plain values. Each answers the seconds to wait; 0: go on.

early   before a credential is looked up: has this address failed too often? Asks nobody.
failed  after it was refused.
passed  after it was good.
count   where nobody proves anything.
"""

import math
import threading
import time
from functools import lru_cache

from django.conf import settings

from authorizations.limits.callers import named, network
from authorizations.limits.counting import Counts, Rate
from authorizations.limits.store import Store

PROOF_TOLD = 3600.0  # how often a process tells the others that a proof is still good
MOST_PROOFS = 20_000


class Guard:
    def __init__(self, url: str) -> None:
        self.store = Store(url) if url else None
        self.counts = Counts(self.store)
        self.proofs: dict[str, float] = {}


_lock = threading.Lock()
_guard: Guard | None = None


def guard() -> Guard:
    global _guard  # noqa: PLW0603  (made on first need: the settings are not there at import)
    if _guard is None:
        with _lock:
            if _guard is None:
                _guard = Guard(settings.LIMITS_REDIS_URL)
    return _guard


def forget() -> None:
    """For tests: nobody has called yet."""
    global _guard  # noqa: PLW0603
    _guard = None


def rate(name: str) -> Rate:
    found: Rate = settings.LIMITS[name]
    return found


def count(name: str, who: str) -> int:
    """`name`: of the limit, which ends in what it counts by: `leaks_per_address`."""
    return _whole(guard().counts.add(f"{name}:{_who(name, who)}", rate(name)))


def early(endpoint: str, address: str, client: str = "", proof: str = "") -> int:
    """A proof that was good before goes on, however often others failed from the same address. What cannot be proved
    beforehand (`proof` empty) goes on too: whether it is right is decided, and a wrong one is told to wait."""
    if not proof:
        return 0
    held = guard()
    name, key, pair = _keys_of_address(endpoint, address, named(client))
    wait = held.counts.full(key, rate(name))
    if client:
        wait = wait or held.counts.full(pair, rate("failed_per_client_and_address"))
    if wait and not _is_known(held, proof):
        return _whole(wait)
    return 0


def failed(endpoint: str, address: str, client: str = "") -> int:
    held = guard()
    name, key, pair = _keys_of_address(endpoint, address, named(client))
    wait = held.counts.add(key, rate(name))
    if client and not wait:
        wait = held.counts.add(pair, rate("failed_per_client_and_address"))
    return _whole(wait)


def passed(endpoint: str, client: str, proof: str = "") -> int:
    """`client`: what was proved. Nobody else counts under its name."""
    held = guard()
    name, key = _keys_of_client(endpoint, named(client))
    return _whole(held.counts.add(key, rate(name), _to_tell(held, proof)))


@lru_cache(maxsize=4096)
def _keys_of_client(endpoint: str, client: str) -> tuple[str, str]:
    """The name of the limit, and what is counted under it. `client` is a name of bounded length (`named`)."""
    return f"{endpoint}_per_client", f"{endpoint}_per_client:{client}"


@lru_cache(maxsize=4096)
def _keys_of_address(endpoint: str, address: str, client: str) -> tuple[str, str, str]:
    who = network(address)
    return (
        f"{endpoint}_per_address",
        f"{endpoint}_per_address:{who}",
        f"failed_per_client_and_address:{client}:{who}",
    )


def _to_tell(held: Guard, proof: str) -> str:
    now = time.monotonic()
    if not proof or held.proofs.get(proof, float("-inf")) > now - PROOF_TOLD:
        return ""
    if len(held.proofs) >= MOST_PROOFS:
        held.proofs.clear()
    held.proofs[proof] = now
    return proof


def _is_known(held: Guard, proof: str) -> bool:
    return proof in held.proofs or (held.store is not None and held.store.knows(proof))


def _who(name: str, who: str) -> str:
    return network(who) if name.endswith("_per_address") else named(who)


def _whole(seconds: float) -> int:
    """RFC 9110 §10.2.3: whole seconds, rounded up."""
    return math.ceil(seconds) if seconds else 0


def health() -> str:
    """Empty, or a sentence: what is not as it should be."""
    store = guard().store
    return "Redis does not answer, so each process counts calls for itself." if store and store.away else ""
