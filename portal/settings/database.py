"""The database of production: one connection per thread at most, patience with an end, and no session that hangs.

What a process is (`GATEHOUSE_PROCESS`: web, worker, beat or manage) its entry point says; nobody has to set it.
"""

import os
from typing import Any

from portal import env

# The web process answers people, so a statement ends soon; a job may count a big table; a migration may take its time.
STATEMENT_SECONDS = {"web": 15, "worker": 240, "beat": 15, "manage": 0}


def production(*, pool_size: int) -> dict[str, Any]:
    """Django's DATABASES entry from DATABASE_URL; `pool_size`: most connections of one web worker."""
    entry = env.database("DATABASE_URL")
    process = os.environ.get("GATEHOUSE_PROCESS", "manage")
    statement = env.integer("DATABASE_STATEMENT_SECONDS", 15, least=1, most=3600)
    lock = env.integer("DATABASE_LOCK_SECONDS", 5, least=1, most=600)
    wait = env.integer("DATABASE_POOL_WAIT", 5, least=1, most=60)
    if not entry["ENGINE"].endswith("postgresql"):
        return entry
    seconds = statement if process == "web" else STATEMENT_SECONDS.get(process, 0)
    entry["ENGINE"] = "portal.postgresql"
    entry["OPTIONS"] = {
        "application_name": f"gatehouse-{process}",
        "connect_timeout": 3,
        # A server that vanished (no power, no route) closes nothing: the kernel gives up on it.
        "keepalives_idle": 20,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        # Waiting for a lock or for a client that went away must not hold a row, and with it everybody else.
        "options": f"-c statement_timeout={seconds}s -c lock_timeout={lock}s -c idle_in_transaction_session_timeout=60s",
    } | entry["OPTIONS"]
    if process == "web":  # a worker process has one thread, and a fork would not take the pool's threads along
        entry["OPTIONS"]["pool"] = pool(pool_size, wait)
    return entry


def pool(size: int, wait: int) -> dict[str, Any]:
    return {
        "min_size": min(2, size),
        "max_size": size,
        "timeout": float(
            wait
        ),  # a request waits so long for a connection: a server that restarts is often back by then
        "max_lifetime": 1800.0,  # so that a new address of the server, or its new memory settings, are taken up
        "max_idle": 300.0,
        # After this the pool starts over instead of waiting twice as long each time: it must not come back late.
        "reconnect_timeout": 3.0,
        "num_workers": 2,
        "name": "gatehouse",
    }
