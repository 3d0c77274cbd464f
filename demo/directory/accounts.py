"""The accounts of the directory, and which of them a tenant segment may use."""

import json
from dataclasses import dataclass
from pathlib import Path

CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
AUDIENCES = {"common", "organizations", "consumers"}


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

    @property
    def personal(self) -> bool:
        return self.tid == CONSUMERS


def load() -> dict[str, Account]:
    rows = json.loads((Path(__file__).parent.parent / "accounts.json").read_text())
    return {row["upn"]: Account(**row) for row in rows}


def fits(account: Account, limit: str) -> bool:
    """Entra: `organizations` is any work tenant, `consumers` the personal one, an identifier that one, `common` all."""
    if limit == "organizations":
        return not account.personal
    if limit == "consumers":
        return account.personal
    return limit == "common" or account.tid == limit


def candidates(accounts: dict[str, Account], tenant: str, domain_hint: str) -> list[Account]:
    """The accounts a request may be answered with: the tenant segment limits, `domain_hint` narrows further."""
    hint = domain_hint if domain_hint in AUDIENCES else "common"
    return [account for account in accounts.values() if fits(account, tenant) and fits(account, hint)]


def is_tenant(segment: str, accounts: dict[str, Account]) -> bool:
    return segment in AUDIENCES or any(account.tid == segment for account in accounts.values())
