"""Operations. Each module registers its own pages with the admin site when it is imported."""

from authorizations.admin import incidents, jobs, records, switches, tasks

__all__ = ["incidents", "jobs", "records", "switches", "tasks"]
