"""Operations. Each module registers its own pages with the admin site when it is imported."""

from authorizations.admin import (
    around,
    events,
    incidents,
    jobs,
    notices,
    organizations,
    records,
    streams,
    switches,
    tasks,
    tokens,
    upkeep,
)

__all__ = [
    "around",
    "events",
    "incidents",
    "jobs",
    "notices",
    "organizations",
    "records",
    "streams",
    "switches",
    "tasks",
    "tokens",
    "upkeep",
]
