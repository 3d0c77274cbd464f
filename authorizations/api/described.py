"""What an operation takes and answers, said once beside its view; the OpenAPI document is made of it.

    @router.get("{organization}/_apis/projects")
    @described("vso.project", query=[TOP, SKIP], gives=List[Project])
    def projects(...): ...

What it says is not believed: tests send each operation what it takes and refuse an answer that it does not name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ninja.utils import contribute_operation_callback
from typing_extensions import TypedDict  # pydantic cannot read the one of typing before Python 3.12

EXTRA = "x-described"
View = TypeVar("View", bound=Callable[..., Any])
Row = TypeVar("Row")


class Listed(TypedDict, Generic[Row]):
    """How these clients expect a list: wrapped, with its length."""

    count: int
    value: list[Row]


@dataclass(frozen=True)
class Query:
    """A parameter of the query. `schema` is JSON Schema."""

    name: str
    sentence: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


@dataclass(frozen=True)
class Described:
    """`gives` None: an answer without a body. `personal`: personal access tokens may call it too."""

    scope: str
    query: tuple[Query, ...]
    takes: Any
    takes_kind: str
    gives: Any
    gives_kind: str
    status: int
    also: tuple[int, ...]
    headers: dict[str, str]
    personal: bool


def described(
    scope: str = "",
    *,
    query: Sequence[Query] = (),
    takes: Any = None,
    takes_kind: str = "application/json",
    gives: Any = None,
    gives_kind: str = "application/json",
    status: int = 200,
    also: Sequence[int] = (),
    headers: dict[str, str] | None = None,
    personal: bool = True,
) -> Callable[[View], View]:
    """`takes` and `gives` are types that pydantic can read; `also` are statuses beyond those that all share."""
    said = Described(
        scope, tuple(query), takes, takes_kind, gives, gives_kind, status, tuple(also), headers or {}, personal
    )

    def add(view: View) -> View:
        contribute_operation_callback(view, lambda operation: setattr(operation, "openapi_extra", {EXTRA: said}))
        return view

    return add


WHOLE = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
FLAG = {"type": "boolean"}
TOP = Query("$top", "At most so many; 100 when it is not said, and never more than 200.", WHOLE)
SKIP = Query("$skip", "So many are left out at the start.", WHOLE)
CONTINUATION = Query("continuationToken", "Where the page before ended: what its answer said, unchanged.")
CONTINUED = {"X-MS-ContinuationToken": "There is more: send this as continuationToken."}
