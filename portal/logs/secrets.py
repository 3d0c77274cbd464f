"""Takes out of a text whatever looks like a token, a code, a secret or a password. Pure.

Nothing should ever put one into a log; this is for the day when an exception of a library does. It errs on the safe
side: what looks random and long goes, except plain hexadecimal (digests, request ids) and UUIDs, which open nothing.
"""

import re
from typing import Any

REMOVED = "[removed]"
# Names whose values are never told, in `name=value`, `name: value` and `"name": "value"`.
NAMES = r"[a-z0-9_\-]*(?:password|passwd|secret|token|assertion|cookie|csrfmiddleware|verifier|private_?key|api_?key|credential)[a-z0-9_\-]*"
HEADER = re.compile(r"(?i)(\b(?:(?:proxy-)?authorization|(?:set-)?cookie)[\"']?\s*[:=]\s*)[^\r\n]+")
SCHEME = re.compile(r"(?i)\b(bearer|basic)(\s+|%20|\+)[A-Za-z0-9._~+/=-]{8,}")
NAMED = re.compile(rf"(?i)((?:\b|_){NAMES}[\"']?\s*[=:]\s*)(?:\"[^\"\r\n]*\"|'[^'\r\n]*'|[^\s\"'&,;)\]}}]+)")
# Short names that mean much else in sentences: only as a parameter.
PARAMETER = re.compile(r"(?i)((?:^|[?&\s\"'({\[])(?:code|state|nonce|sid|session|ticket|user_code)=)[^\s&\"',;)\]}]+")
ITEM = re.compile(r"(?i)([\"'](?:code|state|nonce|session|ticket)[\"']\s*:\s*)(?:\"[^\"]*\"|'[^']*'|\[[^\]]*\])")
ADDRESS = re.compile(r"([a-z][a-z0-9+.\-]*://)[^\s/@\"']+@", re.I)
JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}")
# What PostgreSQL quotes of a row.
ROW = re.compile(r"(?i)(\bkey \([^)]*\)=|\brow contains )\(.*\)")
# Base64 with its padding, where a slash is no separator; else words, and words between points or colons.
LONG = re.compile(r"[A-Za-z0-9+/]{30,}={1,2}|[A-Za-z0-9_-]{16,}(?:[.:][A-Za-z0-9_-]+)*")
PLAIN = re.compile(r"[0-9a-fA-F-]+")
LEAST, UPPERCASE = 30, 10


def without_secrets(text: str) -> str:
    text = HEADER.sub(rf"\g<1>{REMOVED}", text)
    text = SCHEME.sub(rf"\g<1> {REMOVED}", text)
    text = ADDRESS.sub(rf"\g<1>{REMOVED}@", text)
    text = NAMED.sub(rf"\g<1>{REMOVED}", text)
    text = PARAMETER.sub(rf"\g<1>{REMOVED}", text)
    text = ITEM.sub(rf"\g<1>{REMOVED}", text)
    text = ROW.sub(rf"\g<1>({REMOVED})", text)
    text = JWT.sub(REMOVED, text)
    return LONG.sub(_unless_harmless, text)


def _unless_harmless(found: re.Match[str]) -> str:
    parts = re.split(r"[.:]", found[0])
    return REMOVED if found[0].endswith("=") or any(_looks_random(part) for part in parts) else found[0]


def _looks_random(part: str) -> bool:
    if len(part) < LEAST or PLAIN.fullmatch(part):
        return False
    upper = sum(c.isupper() for c in part)
    lower = any(c.islower() for c in part)
    digit = any(c.isdigit() for c in part)
    if upper and lower:
        return digit or upper >= UPPERCASE  # a long class name has few capitals
    return digit and "_" not in part  # a name in snake case may have a number


def clean(value: Any) -> Any:
    """The same for all texts in a value of a log line."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {without_secrets(str(k)): REMOVED if _telling(k) else clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [clean(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return without_secrets(str(value))


def _telling(name: Any) -> bool:
    return isinstance(name, str) and bool(re.fullmatch(rf"(?i){NAMES}|(?:proxy-)?authorization", name))
