"""Every kind of event is recorded somewhere, has words for people, and stands in docs/events.md."""

import re
from pathlib import Path

import pytest

from authorizations.admin.words import SENTENCES
from authorizations.audit.words import ACTIONS
from authorizations.events.kinds import Kind

CODE = ("accounts", "authorizations", "oauthapps", "portal")
NOT_RECORDING = {"kinds.py", "words.py", "happenings.py", "switch_effects.py", "timeline.py"}
DOCS = Path("docs/events.md")
SAID = {"who": "somebody", "person": "a person", "app": "an app", "what": "…"}


@pytest.fixture(scope="module")
def code():
    files = (path for top in CODE for path in Path(top).rglob("*.py"))
    return "\n".join(f.read_text() for f in files if f.name not in NOT_RECORDING and "migrations" not in f.parts)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_recorded_somewhere(kind, code):
    assert re.search(rf"\bKind\.{kind.name}\b", code), f"nobody records {kind.name}"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_sentence_for_people(kind):
    assert kind in SENTENCES or kind in ACTIONS, f"put {kind.name} into words in authorizations/admin/words.py"


def line(kind):
    words = str(SENTENCES[kind] if kind in SENTENCES else ACTIONS[kind].sentence) % SAID
    return f"| `{kind.value}` | {words[:1].upper()}{words[1:]} |"


def test_the_document_has_a_line_for_each_kind_and_no_other():
    told = {text for text in DOCS.read_text().splitlines() if re.match(r"\| `[a-z_]+\.[a-z_]+` \|", text)}
    wanted = {line(kind) for kind in Kind}
    assert told == wanted, "\n".join(["missing:", *sorted(wanted - told), "too many:", *sorted(told - wanted)])
