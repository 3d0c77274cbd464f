"""A backup is worth what can be done after the restore: old tokens and secrets work, and everything proves itself."""

import json
import os
import shutil
import threading

import pytest

from tests.conftest import missing
from tests.deploy.faults.actors import Actor, Person, Proxy, Service, claims_of
from tests.deploy.faults.ledger import Ledger
from tests.deploy.place import BIN, DEPLOY, Place, exec_start, own_database
from tests.live.stack import free_ports

pytestmark = pytest.mark.xdist_group("production")
OTHER_KEY = "Wk3pLr8yXc5tGn2vQd7mZb4hJf9sAe6uTi1oKxPwNqRjYzVlBgCf"
SEALED = "from authorizations.tasks import seal_events; seal_events()"
RECEIPTS = (
    "from authorizations.models import Receipt as R; from authorizations.services import receipts;"
    " print(R.objects.count(), all(receipts.is_intact(r) for r in R.objects.all()))"
)


class Life:
    """One app, one person who stayed and one who left, through a web unit of a place."""

    def __init__(self, place: Place, seeds: dict, port: int) -> None:
        self.ledger = Ledger()
        proxy = Proxy([port], self.ledger)
        self.service = Service(proxy, seeds["client_id"], seeds["secret"])
        self.people = [Person(proxy, name, session) for name, (_, session) in seeds["sessions"].items()]

    def connect(self, person: Person) -> dict:
        actor = Actor(person, self.service, self.ledger, threading.Event())
        tokens = actor._exchange(actor._grant("v" * 60) or "", "v" * 60)
        assert tokens
        return tokens

    def leave(self, person: Person, tokens: dict) -> None:
        actor = Actor(person, self.service, self.ledger, threading.Event())
        actor._revoke_on_the_page(claims_of(tokens["access_token"])["aid"])

    def refresh(self, tokens: dict) -> int:
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        return self.service.post("refresh", "token", form).status


def serving(place: Place, name: str, **env: str) -> int:
    unit = place.start(name, exec_start("web"), WEB_PORT=str(free_ports(1)), **env)
    unit.wait_until_ready()
    return unit.port


def test_a_restored_database_goes_on_where_the_old_one_was(place: Place, tmp_path) -> None:
    if shutil.which("pg_dump") is None:
        missing("pg_dump")
    seeds = json.loads(place.shell("from tests.deploy.faults import seed; seed.main(2)"))
    port = serving(place, "web")
    life = Life(place, seeds, port)
    stayed, left = [life.connect(person) for person in life.people]
    life.leave(life.people[1], left)
    place.shell(SEALED)
    backup = place.run(["sh", str(DEPLOY / "backup.sh"), str(tmp_path)])
    assert backup.returncode == 0, backup.stderr
    dump = backup.stdout.strip()
    assert os.stat(dump).st_mode & 0o077 == 0
    text = place.run(["pg_restore", "--file=-", dump]).stdout
    assert seeds["client_id"] in text and seeds["secret"] not in text and stayed["refresh_token"] not in text

    with own_database(f"gatehouse_restored_{os.getpid()}") as database:
        again = Place(place.home, place.env | {"DATABASE_URL": database, "PATH": f"{BIN}:{place.env['PATH']}"})
        restored = again.run(["sh", str(DEPLOY / "restore.sh"), dump])
        assert restored.returncode == 0, restored.stdout + restored.stderr
        assert "tip: " in restored.stdout
        second = again.run(["sh", str(DEPLOY / "restore.sh"), dump])
        assert second.returncode == 1 and "restore into an empty one" in second.stderr
        assert again.shell(RECEIPTS) == "1 True"
        try:
            there = serving(again, "web-restored")
            new = Life(again, seeds, there)
            assert new.service.accepted_by(there, stayed["access_token"]) is True  # signed with the restored key
            assert new.service.accepted_by(there, left["access_token"]) is False
            assert (new.refresh(stayed), new.refresh(left)) == (200, 400)
            page = new.people[0].go("list", "GET", "/_usersSettings/authorizations")  # still signed in
            assert page.status == 200 and 'id="authorizations"' in page.text
        finally:
            again.stop_all()
        for name in ("GATEHOUSE_DIGEST_KEY", "GATEHOUSE_KEY_ENCRYPTION_KEY"):
            said = f"gatehouse.E034: {name} is not the key that this database was made with."
            refused = again.run(exec_start("web"), **{name: OTHER_KEY})
            assert refused.returncode == 78 and said in refused.stderr, refused.stderr
        check = again.run(
            [str(BIN / "python"), "manage.py", "check", "--database", "default"], GATEHOUSE_DIGEST_KEY=OTHER_KEY
        )
        assert check.returncode == 1 and "gatehouse.E034" in check.stderr
