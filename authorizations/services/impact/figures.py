"""What the preview of a policy counts."""

from dataclasses import dataclass, field
from uuid import UUID

DAYS = 30
MOST_NAMED = 10


@dataclass
class ServiceFigures:
    """One service in one organization."""

    application_id: int
    people: int = 0  # some or all of its permissions would be refused for so many
    partly: int = 0  # of these, so many keep some of them
    connections: int = 0
    calls: int = 0
    name: str = ""
    client_id: str = ""
    company: str = ""

    @property
    def wholly(self) -> bool:
        return not self.partly


@dataclass
class Impact:
    """`calls` are those of the last 30 days; of a service that would lose some of its permissions, all of them."""

    people: int = 0
    services: int = 0
    authorizations: int = 0  # (person, service) pairs
    partly: int = 0  # of these, so many lose only some permissions
    connections: int = 0
    tokens: int = 0
    calls: int = 0
    regained_people: int = 0
    regained: int = 0  # pairs or tokens that are refused now and would not be
    named: list[ServiceFigures] = field(default_factory=list)  # those with the most people
    creation_only: bool = False  # nothing that is there is refused: it counts for what is made anew

    @property
    def nothing(self) -> bool:
        return not (self.authorizations or self.tokens)

    @property
    def more_services(self) -> int:
        return self.services - len(self.named)


@dataclass
class Affected:
    """By key. A policy is about services or about tokens, so one of them is empty."""

    pairs: dict[int, set[int]] = field(default_factory=dict)  # application: memberships
    holders: dict[UUID, int] = field(default_factory=dict)  # person: personal tokens

    @property
    def people(self) -> int:
        return len(set[int]().union(*self.pairs.values())) + len(self.holders)
