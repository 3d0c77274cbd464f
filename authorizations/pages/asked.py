"""What the address of the Authorizations page asks for: which services, in what order. Anything odd asks for all."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from django.http import QueryDict

from authorizations.listing import Show, Sort

LONGEST_QUERY = 100
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Asked:
    show: Show = Show.ALL
    query: str = ""
    sort: Sort = Sort.USED

    @property
    def narrowed(self) -> bool:
        return self.show is not Show.ALL or bool(self.query)

    @property
    def parameters(self) -> str:
        """For links: only what differs from the plain page."""
        plain = Asked()
        said = {"q": self.query, "show": self.show, "sort": self.sort}
        return urlencode({k: v for k, v in said.items() if v != {"q": "", "show": plain.show, "sort": plain.sort}[k]})

    def showing(self, show: Show) -> "Asked":
        return replace(self, show=show)


def read(said: QueryDict) -> Asked:
    return Asked(
        _word(Show, said.get("show", ""), Show.ALL),
        said.get("q", "").replace("\x00", "")[:LONGEST_QUERY].strip(),
        _word(Sort, said.get("sort", ""), Sort.USED),
    )


def _word(kind: type[Word], value: str, default: Word) -> Word:
    return kind(value) if value in {word.value for word in kind} else default
