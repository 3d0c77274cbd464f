"""The form of a pack: what each file is, how a seal is checked, and how an event is written down and read back. Pure."""

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from authorizations.events import chain

FORMAT = 1
TYPE = "gatehouse.evidence"
SIGNATURE_TYPE = "gatehouse-evidence+jwt"
MANIFEST, SIGNATURE, EVENTS, BLOCKS, KEYS, DOCUMENT = (
    "manifest.json", "manifest.jws", "events.jsonl", "blocks.jsonl", "jwks.json", "incident.json",
)  # fmt: skip
README = f"""Evidence about one incident

report.html           to read and print; asks for nothing from anywhere
incident.json         the same facts for programs: what, when, figures, where they come from, what was done
people.csv, organizations.csv, authorizations.csv, connections.csv, events.csv
                      everything in tables (UTF-8)
events.jsonl          the events exactly as they were sealed, one JSON object a line
blocks.jsonl          the sealed blocks of the event log that hold them
jwks.json             the public keys that signed (RFC 7517); compare each kid with one you got elsewhere
manifest.json         SHA-256 and size of every file, and which events there are
manifest.jws          signature over the manifest (RFC 7515, ES256, typ {SIGNATURE_TYPE})

To check it: manage.py verify_evidence PACK.zip, at the portal or, with --jwks KEYS.json, anywhere.

By hand. 1. The signature: "sha256" in its claims is the digest of manifest.json. 2. Every file has the digest that the
manifest says. 3. "seal" of a block is a signed token; "digest" in its claims is the SHA-256 of its leaves (base64), and
"ranges" names its events. 4. The leaf of an event is the first {chain.LEAF} bytes of the SHA-256 of
[id, row] as JSON with sorted keys, no spaces and only ASCII, where row has all keys of the line but "id", and "at" is the
instant in UTC as it stands there. The n-th event of the ranges has the n-th leaf.

What it proves: these events stood in the log when their block was sealed, some seconds after they happened, and neither
they nor this file were changed since. It cannot prove that nothing was left out of the log before it was sealed.
"""


def event_row(event: Any) -> dict[str, Any]:
    values = {name: getattr(event, name) for name in chain.FIELDS[chain.FORMAT]}
    return {"id": event.pk} | values | {"at": chain.plain(values["at"])}


def read_event(row: Mapping[str, Any]) -> Any:
    """As `chain.leaf` reads it. Raises KeyError, ValueError or TypeError for what is no event."""
    values = {name: row[name] for name in chain.FIELDS[chain.FORMAT]}
    return SimpleNamespace(pk=int(row["id"]), **(values | {"at": datetime.fromisoformat(row["at"])}))
