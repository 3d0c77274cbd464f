"""Every code with its explanation."""

from collections.abc import Mapping

from authorizations.explaining.denials import Denial
from authorizations.explaining.organizations import ORGANIZATIONS
from authorizations.explaining.people import PEOPLE
from authorizations.explaining.programs import PROGRAMS
from authorizations.explaining.requests import REQUESTS
from authorizations.explaining.shape import Code, Explanation
from authorizations.explaining.switches import SWITCHES
from authorizations.explaining.tokens import TOKENS
from authorizations.policy import Reason

EXPLANATIONS: Mapping[Code, Explanation] = {**PEOPLE, **ORGANIZATIONS, **TOKENS, **SWITCHES, **REQUESTS, **PROGRAMS}


def find(code: str) -> tuple[Code, Explanation] | None:
    """None: no refusal of ours has this code."""
    for kind in (Reason, Denial):
        if code in kind._value2member_map_:
            known: Code = kind(code)
            return known, EXPLANATIONS[known]
    return None
