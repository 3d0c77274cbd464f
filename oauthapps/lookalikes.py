"""What a text looks like to a person: skeletons after UTS 39 §4, and scripts that are mixed to deceive. Pure."""

import unicodedata
from functools import lru_cache
from itertools import groupby

from confusable_homoglyphs.categories import alias
from confusable_homoglyphs.confusables import confusables_data

LRM = "\u200e"  # the tables wrap right-to-left characters in it
# Drawn as nothing, though Unicode calls them letters or symbols.
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5")
ANY_SCRIPT = frozenset({"COMMON", "INHERITED", "Unknown"})
# UTS 39 §5.2, highly restrictive: what people really write together.
TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)


@lru_cache(maxsize=4096)
def _prototype(character: str) -> str:
    """The table lists pairs in both directions; of a pair the side with many partners is the prototype."""
    partners = [entry["c"].strip(LRM) for entry in confusables_data.get(character, ())]
    if len(partners) != 1:
        return character
    other = partners[0]
    if len(other) > 1 or len(confusables_data.get(other, ())) > 1:
        return other
    return min(character, other)


def skeleton(text: str) -> str:
    """Two names with the same skeleton look the same at a glance. Empty: nothing of it can be seen.

    Beyond UTS 39: case, accents, spaces and punctuation do not tell names apart, nor do “I”, “l” and “1”.
    """
    shown = "".join(_prototype(c) for c in unicodedata.normalize("NFKD", text) if _counts(c))
    folded = "".join(_prototype(c) for c in unicodedata.normalize("NFKD", shown.casefold()) if _counts(c))
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
