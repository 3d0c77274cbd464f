"""What an app and its publisher may be called: nothing that hides, reorders or imitates. Pure."""

import unicodedata
from collections.abc import Iterable

from oauthapps import lookalikes

JOINERS = frozenset("\u200c\u200d")  # some scripts cannot be written without them
MOST_MARKS = 3  # combining marks on one letter; more is drawn over the lines around it


class NameProblem(ValueError):
    """Says in a sentence what is wrong with a text and what to do."""


def check_text(text: str, *, most: int, lines: bool = False) -> str:
    """A text that is shown to people. `lines`: several lines are possible. Raises NameProblem."""
    if len(text) > most:
        raise NameProblem(f"Use at most {most} characters; this has {len(text)}.")
    for place, character in enumerate(text):
        if lines and character in "\n\r\t":
            continue
        _check_character(text, place, character)
    if _most_marks(text) > MOST_MARKS:
        raise NameProblem("Remove the marks stacked on one letter; they would cover the lines around it.")
    return text


def _check_character(text: str, place: int, character: str) -> None:
    category = unicodedata.category(character)
    if character in JOINERS and _between_letters(text, place):
        return
    if unicodedata.bidirectional(character) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}:
        raise NameProblem(f"Remove the invisible character {_code(character)}: it turns the reading direction around.")
    if category[0] == "C" or category in {"Zl", "Zp"} or character in lookalikes.BLANKS:
        raise NameProblem(f"Remove the character {_code(character)} at place {place + 1}; people cannot see it.")


def _between_letters(text: str, place: int) -> bool:
    around = text[place - 1 : place] + text[place + 1 : place + 2]
    return len(around) == 2 and all(ord(c) > 0x2FF and unicodedata.category(c)[0] in "LMS" for c in around)


def _most_marks(text: str) -> int:
    longest = run = 0
    for character in unicodedata.normalize("NFD", text):
        run = run + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        longest = max(longest, run)
    return longest


def _code(character: str) -> str:
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'control character').lower()})"


def check_name(text: str, *, most: int) -> str:
    """A name that people will trust: it can be seen, and each word is in one script. Raises NameProblem."""
    check_text(text, most=most)
    if not lookalikes.skeleton(text):
        raise NameProblem("Use letters or digits, so that people can see and say it.")
    for word in lookalikes.words(text):
        if found := lookalikes.mixed(word):
            raise NameProblem(
                f"“{word}” mixes {lookalikes.in_words(found)} letters in one word, as names do that imitate another. "
                "Write the word in one script."
            )
    return text


def reserved(text: str, names: Iterable[str]) -> tuple[str, bool] | None:
    """The reserved name that the text looks like, and whether it is the whole of it; None when there is none."""
    whole, parts = lookalikes.skeleton(text), _runs(text)
    for name in names:
        wanted = lookalikes.skeleton(name)
        if whole == wanted:
            return name, True
        if wanted in parts:
            return name, False
    return None


def _runs(text: str) -> set[str]:
    """Skeletons of every run of words: “The Gate House app” has “gatehouse” in it, “gatehouses” has not."""
    found = [lookalikes.skeleton(word) for word in lookalikes.words(text)]
    return {"".join(found[i:j]) for i in range(len(found)) for j in range(i + 1, min(i + 4, len(found)) + 1)}
