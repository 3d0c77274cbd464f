"""What a notice says: one set of words per kind, shown in the portal and sent as mail (HTML and plain text)."""

from authorizations.notifications.texts import (
    acts,
    administration,
    approvals,
    legacy,
    operations,
    organizations,
    owners,
    people,
    personal,
    policies,
)
from authorizations.notifications.texts.words import Action, Words, words

__all__ = [
    "Action",
    "Words",
    "acts",
    "administration",
    "approvals",
    "legacy",
    "operations",
    "organizations",
    "owners",
    "people",
    "personal",
    "policies",
    "words",
]
