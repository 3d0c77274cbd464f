"""Operations. Each module registers its own pages with the admin site when it is imported."""

from authorizations.admin import (
    around,
    connections,
    events,
    incidents,
    jobs,
    notices,
    organizations,
    receipts,
    records,
    streams,
    switches,
    tasks,
    tokens,
    upkeep,
)

__all__ = [
    "around",
    "connections",
    "events",
    "incidents",
    "jobs",
    "notices",
    "organizations",
    "receipts",
    "records",
    "streams",
    "switches",
    "tasks",
    "tokens",
    "upkeep",
]
