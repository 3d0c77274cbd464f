"""Is this process alive, and can it serve? For load balancers, supervisors and people.

`unavailable` (503) is said only of what makes every answer of this process wrong or impossible. What is bad, and no
better in the next process, is `degraded` (200): taking all processes out would turn a late job into an outage.
"""

from portal.health.answers import live, ready

__all__ = ["live", "ready"]
