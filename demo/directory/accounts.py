"""The accounts of the directory, and which of them a tenant segment may use."""

import json
from dataclasses import dataclass
from pathlib import Path

CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"


@dataclass(frozen=True)
class Account:
    upn: str
    name: str
    given_name: str
    surname: str
    mail: str | None
    job_title: str | None
    kind: str
    tid: str
    oid: str
    refuse: str = ""


def load() -> dict[str, Account]:
    rows = json.loads((Path(__file__).parent.parent / "accounts.json").read_text())
    return {row["upn"]: Account(**row) for row in rows}


def fits(account: Account, segment: str, hint: str) -> bool:
    """Entra: the tenant segment limits who may sign in; domain_hint narrows the choice."""
    for limit in (segment, hint):
        if limit == "consumers" and account.tid != CONSUMERS:
            return False
        if limit == "organizations" and account.tid == CONSUMERS:
            return False
    return segment in {"common", "organizations", "consumers"} or account.tid == segment
