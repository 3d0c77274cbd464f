"""The evidence pack: complete, signed, without secrets, and every way of tampering with it is found and named."""

import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from authorizations.events.models import Event
from authorizations.models import Connection, EvidencePack, EvidencePiece
from authorizations.services.evidence import checking, packing
from authorizations.services.keys import ring
from authorizations.services.operations import selection
from oauthapps.models import ApplicationSecret
from tests import factories
from tests.operations.test_incidents import opened, work

NAMES = {
    "incident.json", "people.csv", "organizations.csv", "authorizations.csv", "connections.csv", "events.csv",
    "events.jsonl", "blocks.jsonl", "jwks.json", "report.html", "README.txt", "manifest.json", "manifest.jws",
}  # fmt: skip


def later():
    """The events of a test happened a moment ago, and are sealed only when they are settled."""
    return timezone.now() + timedelta(seconds=30)


def made(incident, by):
    pack = packing.request(incident, by=by, now=timezone.now())
    taken = packing.claim(now=later())
    assert taken and packing.make(*taken, clock=later), EvidencePack.objects.get(pk=pack.pk).problem
    pack.refresh_from_db()
    return pack


def data_of(pack):
    return b"".join(packing.content(pack))


def key(kid):
    found = ring.prover(kid)
    return found.public if found else None


def check(data):
    return checking.check(io.BytesIO(data), key)


def found(data):
    return {(f.what, f.where) for f in check(data).findings}


def changed(data, **new):
    """The pack with other content in some of its files (names with `__` for a dot); None leaves one out."""
    said = {name.replace("__", "."): value for name, value in new.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as archive:
        for name in [*old.namelist(), *(n for n in said if n not in old.namelist())]:
            content = said.get(name, old.read(name) if name in old.namelist() else None)
            if content is not None:
                archive.writestr(name, content)
    return out.getvalue()


def read(data, name):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


@pytest.fixture
def incident(alice_browser, alice, olivia):
    payroll = factories.app(name='<b>Payroll</b> "=1+1"')
    factories.organization("contoso", alice)
    tokens = factories.connect(alice_browser, payroll)
    payroll.refresh(tokens["refresh_token"])
    made = opened(olivia, "app", payroll.client_id, what_happened="Somebody <script>alert(1)</script> had it.")
    work(made, "disable", olivia, apps=(payroll.client_id,))
    made.values = (payroll.secret, tokens["refresh_token"], tokens["access_token"])
    return made


@pytest.fixture
def pack(incident, olivia):
    return made(incident, olivia)


def test_the_pack_holds_everything_and_is_intact(pack, incident):
    data = data_of(pack)
    assert (pack.state, pack.size, pack.sha256) == ("ready", len(data), hashlib.sha256(data).hexdigest())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert set(archive.namelist()) == NAMES
    result = check(data)
    assert result.intact and result.not_sealed == 0 and result.sealed == result.events == pack.rows >= 6
    assert result.incident == incident.reference
    said = json.loads(read(data, "incident.json"))
    assert said["counted"]["people"] == 1 and said["jobs"][0]["act"] == "disable" and said["sources"]
    assert [e.name for e in Event.objects.filter(name__startswith="incident.exp").order_by("pk")] == [
        "incident.export_requested",
        "incident.exported",
    ]


def test_it_holds_no_secret_value(pack, incident):
    data = data_of(pack)
    whole = b"".join(read(data, name) for name in NAMES)
    digests = [
        *ApplicationSecret.objects.values_list("digest", flat=True),
        *Connection.objects.values_list("refresh_digest", flat=True),
    ]
    for value in (*incident.values, *digests):
        assert value.encode() not in whole


def test_the_report_is_readable_asks_for_nothing_and_runs_nothing(pack):
    report = read(data_of(pack), "report.html").decode()
    assert "<script" not in report and "&lt;script&gt;" in report and "<b>Payroll" not in report
    assert not re.search(r"(src|href)=|url\(|@import|https?://(?!localhost)", report)
    assert "Switch apps off" in report and "Alice" in report
    table = read(data_of(pack), "authorizations.csv").decode("utf-8-sig").splitlines()
    assert len(table) == 2 and "'<b>" not in table[1]


@pytest.mark.parametrize("name", sorted(NAMES - {"manifest.json", "manifest.jws"}))
def test_any_changed_file_is_named(pack, name):
    data = data_of(pack)
    tampered = changed(data, **{name.replace(".", "__"): read(data, name) + b" "})
    assert ("file_changed", name) in found(tampered)
    assert ("file_missing", name) in found(changed(data, **{name.replace(".", "__"): None}))


def lines(data):
    return read(data, "events.jsonl").decode().splitlines(keepends=True)


def test_each_changed_event_is_named(pack):
    data = data_of(pack)
    rows = [json.loads(line) for line in lines(data)]
    rows[1]["actor_name"] = "Mallory"
    rows[3]["detail"] = {"reason": "another"}
    rows[4]["at"] = "2020-01-01T00:00:00+00:00"
    tampered = changed(data, events__jsonl="".join(json.dumps(r) + "\n" for r in rows))
    assert found(tampered) == {
        ("file_changed", "events.jsonl"),
        *(("event_changed", str(rows[n]["id"])) for n in (1, 3, 4)),
    }


def test_missing_added_and_broken_events_are_named(pack):
    data = data_of(pack)
    rows = lines(data)
    first, last = json.loads(rows[0])["id"], json.loads(rows[-1])["id"]
    assert ("event_missing", str(first)) in found(changed(data, events__jsonl="".join(rows[1:])))
    forged = json.dumps(json.loads(rows[0]) | {"id": last + 1000}) + "\n"
    assert ("event_added", str(last + 1000)) in found(changed(data, events__jsonl="".join([*rows, forged])))
    assert ("event_added", str(first)) in found(changed(data, events__jsonl="".join([*rows, rows[0]])))
    assert ("event_unreadable", "line 1") in found(changed(data, events__jsonl="[]\n" + "".join(rows)))


def test_a_forged_block_and_a_forged_manifest_are_found(pack):
    data = data_of(pack)
    block = json.loads(lines_of(data, "blocks.jsonl")[0])
    block["ranges"] = [[1, 10**15]]  # and memory is not filled
    assert any(what == "seal_wrong" for what, _ in found(changed(data, blocks__jsonl=json.dumps(block) + "\n")))
    manifest = json.loads(read(data, "manifest.json"))
    manifest["files"].pop("people.csv")
    tampered = changed(data, manifest__json=json.dumps(manifest), people__csv=None)
    assert found(tampered) == {("file_changed", "manifest.json")}
    manifest["events"] = {"count": 10**15, "ranges": [[1, 10**15]], "not_sealed": []}
    assert ("not_a_pack", "manifest.json") in found(changed(data, manifest__json=json.dumps(manifest)))
    assert ("signature_wrong", "manifest.jws") in found(changed(data, manifest__jws="a.b.c"))
    assert ("file_added", "evil.txt") in found(changed(data, evil__txt="hello"))


def lines_of(data, name):
    return read(data, name).decode().splitlines()


def test_keys_of_somebody_else_prove_nothing(pack):
    data = data_of(pack)
    what = {w for w, _ in {(f.what, f.where) for f in checking.check(io.BytesIO(data), lambda kid: None).findings}}
    assert what == {"signature_wrong", "seal_wrong"}


@pytest.mark.parametrize("data", [b"", b"PK", b"hello", b"\x00" * 100])
def test_what_is_no_pack_is_said(db, data):
    assert {f.what for f in check(data).findings} == {"not_a_pack"}


def test_a_pack_cut_off_or_with_flipped_bits_is_found(pack):
    data = data_of(pack)
    assert found(data[: len(data) // 2])
    for at in range(100, len(data) - 100, max(1, len(data) // 40)):
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert not check(flipped).intact or data_is_the_same(flipped, data)


def data_is_the_same(one, other):
    """A bit of the archive's own bookkeeping (a time, an attribute) may differ; what is in it does not."""
    return all(read(one, name) == read(other, name) for name in NAMES)


def test_the_command_checks_with_own_or_given_keys(pack, tmp_path, capsys):
    data, file, keys = data_of(pack), tmp_path / "pack.zip", tmp_path / "keys.json"
    file.write_bytes(data)
    keys.write_bytes(read(data, "jwks.json"))
    for more in ([], ["--jwks", str(keys)]):
        call_command("verify_evidence", str(file), *more)
        assert f"{pack.rows} proved by" in capsys.readouterr().out
    rows = lines(data)
    file.write_bytes(changed(data, events__jsonl="".join([rows[0].replace("at", "At", 1), *rows[1:]])))
    with pytest.raises(CommandError) as fault:
        call_command("verify_evidence", str(file), "--json")
    assert fault.value.returncode == 1 and json.loads(capsys.readouterr().out)["intact"] is False
    for bad in (tmp_path / "nothing.zip", tmp_path):
        with pytest.raises(CommandError):
            call_command("verify_evidence", str(bad))
    keys.write_text("[]")
    with pytest.raises(CommandError):
        call_command("verify_evidence", str(file), "--jwks", str(keys))


def test_events_of_now_wait_for_their_seal(incident, olivia):
    packing.request(incident, by=olivia, now=timezone.now())
    assert packing.claim(now=timezone.now()) is None
    assert packing.claim(now=later()) is not None


def test_a_maker_that_dies_is_followed_by_another_and_leaves_nothing_half_done(incident, olivia, monkeypatch):
    asked = packing.request(incident, by=olivia, now=timezone.now())
    assert packing.request(incident, by=olivia, now=timezone.now()).pk == asked.pk
    first = packing.claim(now=later())

    def dies(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(packing.files, "report", dies)
    with pytest.raises(KeyboardInterrupt):
        packing.make(*first, clock=later)
    monkeypatch.undo()
    assert not EvidencePiece.objects.exists() and packing.claim(now=later()) is None
    second = packing.claim(now=later() + packing.LEASE)
    assert not packing.make(*first, clock=later)  # back from the dead
    assert packing.make(*second, clock=later)
    asked.refresh_from_db()
    assert check(data_of(asked)).intact


def test_a_fault_is_said_and_after_three_it_stops(incident, olivia, monkeypatch):
    asked, now = packing.request(incident, by=olivia, now=timezone.now()), later()

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packing.files, "report", full)
    for turn in range(packing.MOST_FAULTS):
        taken = packing.claim(now=now + 2 * turn * packing.LEASE)
        assert not packing.make(*taken, clock=lambda turn=turn: now + 2 * turn * packing.LEASE)
    asked.refresh_from_db()
    assert (asked.state, asked.problem) == ("failed", "It could not be written (OSError).")
    assert not EvidencePiece.objects.exists()


def test_of_nothing_there_is_a_pack_too(olivia):
    incident = opened(olivia, "addresses", "203.0.113.0/24")
    assert check(data_of(made(incident, olivia))).intact
    assert selection.read_network("203.0.113.0/24")
