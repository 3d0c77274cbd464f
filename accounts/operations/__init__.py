"""What the operations pages have in common: rights, lists, filters, search.

It stands here, below everything that has such a page; nothing but admin modules imports it.
"""

from accounts.operations.filters import Between, Filters
from accounts.operations.pages import Operations, ReadOnlyInline, ThroughServices, act_page
from accounts.operations.rights import acting, may_act, may_configure, may_read
from accounts.operations.searching import Words

__all__ = [
    "Between",
    "Filters",
    "Operations",
    "ReadOnlyInline",
    "ThroughServices",
    "Words",
    "act_page",
    "acting",
    "may_act",
    "may_configure",
    "may_read",
]
