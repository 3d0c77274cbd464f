"""Checks a pack: every file is as it was signed, every event as it was sealed. Says which one is not.

Needs no database: whoever has the file and the public keys can run it.
"""

import base64
import binascii
import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import jwt

from authorizations.events import chain
from authorizations.services.evidence import format
from authorizations.services.sealing.signing import ALGORITHM, BLOCK_TYPE

# The public key of a key id, or None: who is trusted is the caller's word, never the pack's.
Keys = Callable[[str], Any]
# What a damaged archive raises, wherever the damage is.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError)
MOST_FINDINGS = 10_000
MOST_EVENTS = 50_000_000


@dataclass(frozen=True)
class Finding:
    """`what`: not_a_pack, signature_wrong, file_changed, file_missing, file_added, event_changed, event_missing,
    event_added, event_unreadable or seal_wrong. `where`: the file, the event or the block."""

    what: str
    where: str
    text: str


@dataclass
class Result:
    incident: str = ""
    key: str = ""  # the key id of the manifest's signature
    events: int = 0
    sealed: int = 0
    not_sealed: int = 0
    blocks: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return not self.findings

    def found(self, what: str, where: object, text: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(what, str(where), text))


def check(file: IO[bytes], keys: Keys) -> Result:
    result = Result()
    try:
        with zipfile.ZipFile(file) as archive:
            _check(archive, keys, result)
    except (*BROKEN, RuntimeError, NotImplementedError, ValueError) as fault:
        result.found("not_a_pack", "", f"The file cannot be read to its end ({type(fault).__name__}).")
    return result


def _check(archive: zipfile.ZipFile, keys: Keys, result: Result) -> None:
    names = archive.namelist()
    if format.MANIFEST not in names or format.SIGNATURE not in names:
        result.found("not_a_pack", "", "It has no signed manifest.")
        return
    manifest = _manifest(archive, keys, result)
    _files(archive, names, manifest, result)
    leaves = _blocks(archive, names, keys, result) if format.BLOCKS in names else {}
    if format.EVENTS in names:
        _events(archive, leaves, manifest.get("events", {}), result)


def _manifest(archive: zipfile.ZipFile, keys: Keys, result: Result) -> dict[str, Any]:
    text = archive.read(format.MANIFEST)
    claims, result.key = _signed(archive.read(format.SIGNATURE).decode("ascii", "replace"), format.SIGNATURE_TYPE, keys)
    if claims is None:
        result.found(
            "signature_wrong",
            format.SIGNATURE,
            f"The manifest is not signed by a key you trust ({result.key or 'no key id'}).",
        )
    elif claims.get("sha256") != hashlib.sha256(text).hexdigest():
        result.found("file_changed", format.MANIFEST, "manifest.json is not as it was signed.")
    try:
        manifest = json.loads(text)
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        result.found("not_a_pack", format.MANIFEST, "The manifest cannot be read.")
        return {}
    result.incident = str(manifest.get("incident", ""))
    return manifest


def _signed(token: str, kind: str, keys: Keys) -> tuple[dict[str, Any] | None, str]:
    """The claims (None: not signed by one of the keys) and the key id."""
    kid = ""
    try:
        header = jwt.get_unverified_header(token)
        kid = str(header.get("kid", ""))
        key = keys(kid)
        if key is None or header.get("typ") != kind:
            return None, kid
        return jwt.decode(token, key, algorithms=[ALGORITHM], options={"verify_aud": False, "verify_iat": False}), kid
    except (jwt.PyJWTError, ValueError):
        return None, kid


def _files(archive: zipfile.ZipFile, names: list[str], manifest: dict[str, Any], result: Result) -> None:
    said: Mapping[str, Any] = manifest.get("files", {})
    for name in {n for n in names if n not in said and n not in (format.MANIFEST, format.SIGNATURE)} | {
        n for n in names if names.count(n) > 1
    }:
        result.found("file_added", name, f"{name} was put into the pack.")
    for name, facts in said.items():
        if name not in names:
            result.found("file_missing", name, f"{name} was taken out of the pack.")
        elif not isinstance(facts, dict) or _digest(archive, name) != facts.get("sha256"):
            result.found("file_changed", name, f"{name} is not as it was signed.")


def _digest(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with archive.open(name) as there:
            while data := there.read(1 << 20):
                digest.update(data)
    except BROKEN:
        return ""  # its own checksum is wrong already
    return digest.hexdigest()


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    try:
        with archive.open(name) as there:
            yield from there
    except BROKEN:
        return  # said already: the file is not as it was signed


def _blocks(archive: zipfile.ZipFile, names: list[str], keys: Keys, result: Result) -> dict[int, bytes]:
    """The leaf of each event that a block with a good seal names."""
    leaves: dict[int, bytes] = {}
    for number, line in enumerate(_lines(archive, format.BLOCKS), start=1):
        result.blocks += 1
        try:
            block = json.loads(line)
            stored = base64.b64decode(block["leaves"], validate=True)
            # Their number before the numbers themselves: a forged range must not fill the memory.
            ids = list(chain.ids(block["ranges"])) if _size(block["ranges"]) * chain.LEAF == len(stored) else []
            claims, kid = _signed(block["seal"], BLOCK_TYPE, keys)
        except (ValueError, KeyError, TypeError, binascii.Error):
            result.found("seal_wrong", f"line {number}", f"Line {number} of {format.BLOCKS} cannot be read.")
            continue
        if claims is None:
            result.found(
                "seal_wrong",
                block["number"],
                f"The seal of block {block['number']} is not of a key you trust ({kid or 'no key id'}).",
            )
        elif (
            claims.get("digest") != chain.digest(stored)
            or claims.get("ranges") != block["ranges"]
            or claims.get("number") != block["number"]
            or len(stored) != len(ids) * chain.LEAF
        ):
            result.found("seal_wrong", block["number"], f"Block {block['number']} is not as it was sealed.")
        else:
            leaves |= {pk: stored[i * chain.LEAF : (i + 1) * chain.LEAF] for i, pk in enumerate(ids)}
    return leaves


def _events(archive: zipfile.ZipFile, leaves: dict[int, bytes], said: Any, result: Result) -> None:
    facts = said if isinstance(said, dict) else {}
    try:
        if _size(facts["ranges"]) != facts["count"] or facts["count"] > MOST_EVENTS:
            raise ValueError
        expected, open_ = set(chain.ids(facts["ranges"])), set(facts["not_sealed"])
    except (KeyError, TypeError, ValueError):
        result.found("not_a_pack", format.MANIFEST, "The manifest does not say which events there are.")
        expected, open_ = set(), set()
    seen: set[int] = set()
    for number, line in enumerate(_lines(archive, format.EVENTS), start=1):
        try:
            event = format.read_event(json.loads(line))
        except (ValueError, KeyError, TypeError):
            result.found("event_unreadable", f"line {number}", f"Line {number} of {format.EVENTS} is no event.")
            continue
        result.events += 1
        if event.pk not in expected or event.pk in seen:
            result.found("event_added", event.pk, f"Event {event.pk} ({event.name}) was put into the pack.")
        seen.add(event.pk)
        _event(event, leaves, open_, result)
    for pk in sorted(expected - seen):
        result.found("event_missing", pk, f"Event {pk} was taken out of the pack.")


def _size(ranges: Any) -> int:
    """How many ids; TypeError or ValueError for what is no list of ranges."""
    return sum(max(0, last - first + 1) for first, last in ranges)


def _event(event: Any, leaves: dict[int, bytes], open_: set[int], result: Result) -> None:
    if event.pk in leaves:
        if chain.leaf(event) == leaves[event.pk]:
            result.sealed += 1
        else:
            result.found("event_changed", event.pk, f"Event {event.pk} ({event.name}) is not as it was sealed.")
    elif event.pk in open_:
        result.not_sealed += 1
    else:
        result.found("seal_wrong", event.pk, f"No good seal covers event {event.pk} ({event.name}).")


def trusted(jwks: Any) -> Keys:
    """Keys of a file that somebody got from a place they trust. Raises ValueError when it is no set of keys."""
    if not isinstance(jwks, dict) or not isinstance(jwks.get("keys"), list):
        raise ValueError("It is no set of keys (RFC 7517).")
    found: dict[str, Any] = {}
    for key in jwks["keys"]:
        if isinstance(key, dict) and key.get("kty") == "EC" and isinstance(key.get("kid"), str):
            found[key["kid"]] = jwt.PyJWK(key, algorithm=ALGORITHM).key
    return found.get
