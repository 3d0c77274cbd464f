"""What a personal access token looks like. Pure.

84 characters: 76 random ones from A-Z, a-z and 0-9 (452 bits), the letters AZDO, and a checksum of 4 characters over
the 80 before it. So tools that know the format of Azure DevOps accept ours, scanners find it in texts, and what was
mistyped or made up is refused without asking a database.
"""

import re
import secrets
import string
from collections.abc import Iterator
from zlib import crc32

MARK = "AZDO"
RANDOM = 76
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SHAPE = re.compile(rf"[A-Za-z0-9]{{{RANDOM}}}{MARK}[A-Za-z0-9]{{4}}")
# In a text: what stands in a longer run of such characters is something else.
IN_TEXT = re.compile(rf"(?<![A-Za-z0-9]){SHAPE.pattern}(?![A-Za-z0-9])")


def new_value() -> str:
    unchecked = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM)) + MARK
    return unchecked + checksum(unchecked)


def checksum(unchecked: str) -> str:
    """CRC-32 of the first 80 characters, modulo 62**4, as four digits to the base of 62, the highest first."""
    number, digits = crc32(unchecked.encode("ascii")) % len(ALPHABET) ** 4, ""
    for _ in range(4):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def is_ours(value: str) -> bool:
    """The checksum is no secret and proves nothing: it only tells a token of ours from other texts."""
    return bool(SHAPE.fullmatch(value)) and checksum(value[:-4]) == value[-4:]


def found_in(text: str) -> Iterator[str]:
    """Those of our tokens that the text contains."""
    return (match[0] for match in IN_TEXT.finditer(text) if is_ours(match[0]))
