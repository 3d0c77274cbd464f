"""Background jobs. Each picks by state, changes by conditional update, works in batches, and may run twice."""

from authorizations.tasks.expiry import expire_authorizations, sweep
from authorizations.tasks.usage import flush_usage

__all__ = ["expire_authorizations", "flush_usage", "sweep"]
