"""Kills parts of the product one after the other under load, and says how long each was felt (docs/faults.md).

    python -m bench.faults [actors] [rounds]

Needs PostgreSQL's programs and redis-server on this machine: it starts servers of its own, two web units, two workers
and beat with the command lines of deploy/, and `actors` people who grant, refresh and revoke without pause. Ends with 1
when anything acknowledged was lost, or a revoked token accepted.
"""

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
import django

django.setup()  # the helpers of the tests want it; the product's own processes have production's settings

from tests.deploy.faults import acts  # noqa: E402
from tests.deploy.faults.world import world  # noqa: E402


def main(actors: int = 4, rounds: int = 3) -> int:
    felt: list[acts.Felt] = []
    with tempfile.TemporaryDirectory(prefix="gatehouse-faults-") as home, world(Path(home), actors=actors) as running:
        for _ in range(rounds):
            for fault in acts.ALL:
                felt.append(acts.fell(running, fault, calm=3.0))
                print(felt[-1].row(), file=sys.stderr, flush=True)
        running.end_load()
        broken = running.judge()
        done = Counter(call.what for call in running.ledger.calls)
        ledger = running.ledger
    print(acts.HEAD)
    for fault in acts.ALL:
        print(worst([one for one in felt if one.fault == fault]).row())
    print(f"\n{actors} actors, {rounds} rounds; requests: {dict(done)}")
    print(
        f"acknowledged: {ledger.grants.total()} grants, {len(ledger.connections)} connections, "
        f"{ledger.refreshes.total()} refreshes, {len(ledger.revoked_authorizations)} authorizations and "
        f"{len(ledger.revoked_connections)} connections revoked; {len(ledger.dead_tokens)} tokens tried in both units afterwards"
    )
    print(f"promises broken: {len(broken)}", *broken[:20], sep="\n")
    return 1 if broken else 0


def worst(felt: list[acts.Felt]) -> acts.Felt:
    return acts.Felt(
        felt[0].fault,
        requests=sum(one.requests for one in felt),
        errors=sum(one.errors for one in felt),
        last=max(one.last for one in felt),
        back=max(one.back for one in felt),
        slowest=max(one.slowest for one in felt),
        jobs_back=max(one.jobs_back for one in felt),
    )


if __name__ == "__main__":
    sys.exit(main(*[int(word) for word in sys.argv[1:]]))
