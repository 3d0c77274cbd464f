"""What this process counts: requests, decisions, tokens issued. A call costs less than a microsecond and no statement.

Each process keeps its numbers in memory and writes them to a file of its own every other second (`files`); whoever
is asked for `/metrics` adds the files up (docs/decisions/0079). Labels are names that we chose, never what a caller
sent: an address that nobody knows is counted as `unknown`.
"""

from authorizations.meters.memory import DECISIONS, ISSUED, REFUSALS, REQUESTS, SECONDS, Memory
from authorizations.meters.writing import Writer

memory = Memory()
writer = Writer(memory)


def request(endpoint: str, status: int, seconds: float) -> None:
    """A request was answered. `endpoint` is the name of its route."""
    memory.add(REQUESTS, (endpoint, str(status)))
    memory.time(SECONDS, (endpoint,), seconds)
    writer.arm()


def decided(reason: str) -> None:
    """The policy was asked about a real use; `reason` is `allowed`, or why it was refused."""
    memory.add(DECISIONS, (reason,))
    writer.arm()


def refused(endpoint: str, reason: str) -> None:
    """A call was refused. `reason`: one of ours, never a text of the caller."""
    memory.add(REFUSALS, (endpoint, reason))
    writer.arm()


def issued(grant: str) -> None:
    """Tokens were issued for this grant type."""
    memory.add(ISSUED, (grant,))
    writer.arm()
