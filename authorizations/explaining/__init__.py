"""Why something was refused: a stable code for each refusal, what people are told about it, and the address of its page.

`sentence` is for developers, in the answers of the API. `EXPLANATIONS` is what the page `/why/<code>` says to people.
"""

from authorizations.explaining.denials import OF_ERRORS, Denial
from authorizations.explaining.sentences import sentence
from authorizations.explaining.shape import Code, Explanation, Step, Who
from authorizations.explaining.signed import About, Presented, Unreadable, address, page, read
from authorizations.explaining.table import EXPLANATIONS, find

__all__ = [
    "EXPLANATIONS",
    "OF_ERRORS",
    "About",
    "Code",
    "Denial",
    "Explanation",
    "Presented",
    "Step",
    "Unreadable",
    "Who",
    "address",
    "find",
    "page",
    "read",
    "sentence",
]
