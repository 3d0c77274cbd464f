"""What a text looks like to a person: skeletons after UTS 39 §4, and scripts that are mixed to deceive. Pure."""

import unicodedata
from itertools import groupby

from confusable_homoglyphs.categories import alias

from oauthapps import prototypes

# Drawn as nothing, though Unicode calls them letters or symbols.
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5")
ANY_SCRIPT = frozenset({"COMMON", "INHERITED", "Unknown"})
# UTS 39 §5.2, highly restrictive: what people really write together.
TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)


def skeleton(text: str) -> str:
    """Two names with the same skeleton look the same at a glance. Empty: nothing of it can be seen.

    Beyond UTS 39: case, accents, spaces and punctuation do not tell names apart, nor do “I”, “l” and “1”.
    """
    shown = "".join(prototypes.of(c) for c in unicodedata.normalize("NFKD", text) if _counts(c))
    folded = "".join(prototypes.of(c) for c in unicodedata.normalize("NFKD", shown.casefold()) if _counts(c))
    return folded.casefold().replace("i", "l").replace("0", "o")


def _counts(character: str) -> bool:
    # "|" is punctuation that reads as a letter; other punctuation and spaces separate.
    return character not in BLANKS and (character == "|" or unicodedata.category(character)[0] in "LNS")


def scripts(text: str) -> frozenset[str]:
    """The scripts of its letters, such as LATIN and CYRILLIC."""
    return frozenset(alias(c) for c in text) - ANY_SCRIPT


def mixed(word: str) -> frozenset[str]:
    """The scripts of one word, when nobody writes them in one word; else empty."""
    found = scripts(word)
    return frozenset() if len(found) < 2 or any(found <= group for group in TOGETHER) else found


def words(text: str) -> list[str]:
    return ["".join(run) for letters, run in groupby(text, key=lambda c: c.isalnum() or c == "_") if letters]


def in_words(found: frozenset[str]) -> str:
    """Scripts for a person: “Cyrillic and Latin”."""
    return " and ".join(name.replace("_", " ").title() for name in sorted(found))
