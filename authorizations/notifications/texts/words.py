"""The words of one notice, and the register of who writes which."""

from collections.abc import Callable
from dataclasses import dataclass

from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Notice


@dataclass(frozen=True)
class Action:
    """The one thing to do about it. `path` is a path of this portal."""

    label: str
    path: str


@dataclass(frozen=True)
class Words:
    """`title` is also the mail's subject. `why` says why this person is told. Plain text, translated."""

    title: str
    paragraphs: tuple[str, ...]
    why: str
    action: Action | None = None
    # Label and value, shown as a small table.
    facts: tuple[tuple[str, str], ...] = ()


Writer = Callable[[Notice], Words]
_writers: dict[str, Writer] = {}


def writes(kind: NoticeKind) -> Callable[[Writer], Writer]:
    """Registers the function that says what notices of this kind say."""

    def register(writer: Writer) -> Writer:
        if kind in _writers:
            raise ValueError(f"{kind} has its words already.")
        _writers[kind] = writer
        return writer

    return register


def words(notice: Notice) -> Words:
    """KeyError for a kind that nobody has written; a test holds that there is none."""
    return _writers[notice.kind](notice)
