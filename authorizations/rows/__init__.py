"""What the hot path reads and writes, without models: on PostgreSQL, by statements that are prepared once.

A row has the attributes of its model that a decision asks for, so that the selectors, the policy and the services take
either: there is one decision, and this is only a quicker way to its facts (docs/decisions/0088). What a row does not
have, it fetches with its model (one statement more, which the tests of the budgets would show). On SQLite the models do
it all.
"""

from functools import cache

from django.db import connection


@cache
def quick() -> bool:
    """A process has one kind of database."""
    return connection.vendor == "postgresql"
