"""A worker that is killed outright in the middle of a job of operations: the next one goes on, and nothing is done twice."""

import sqlite3
import time
from contextlib import closing
from typing import Any

from tests.background.test_killed_worker import SEND, kill, product  # noqa: F401  (a fixture)
from tests.background.test_worker import wait_for

MANY = 2500
SEED = f"""
from datetime import timedelta
from django.utils import timezone
from authorizations.services.operations import jobs
from authorizations.services.operations.selection import Selection
from tests import factories, people
from tests.operations.conftest import many
from authorizations.models import Authorization
olivia, now, app = people.person("olivia"), timezone.now(), factories.app().app
Authorization.objects.bulk_create(
    (Authorization(person=p, application=app, scopes=[], granted_at=now - timedelta(days=1)) for p in many({MANY})),
    batch_size=500)
jobs.start("revoke", Selection(apps=(app.client_id,)), by=olivia, reason="killed", now=now, counted={{}}, counted_at=now)
"""
DONE = "from authorizations.models import OperationsJob as J; j = J.objects.get(); print(j.state, j.done)"
CLAIM_ENDS = "from authorizations.models import OperationsJob as J; J.objects.update(claimed_until='2000-01-01T00:00Z')"
COUNTS = """
from authorizations.events.models import Event
from authorizations.models import Authorization as A, OperationsJobItem as I, Receipt as R
from authorizations.notifications.models import Notice
print(A.objects.filter(reason="killed").count(), Event.objects.filter(name="authorization.revoked").count(),
    R.objects.count(), Notice.objects.count(), I.objects.count(),
    Event.objects.filter(name="operations.job_finished").count())
"""


def test_a_job_goes_on_where_a_killed_worker_left_it(product: Any) -> None:  # noqa: F811
    running = product("filesystem://")
    running.shell(SEED)
    first = running.worker()
    running.shell(SEND.format("run_operations"))
    # Looked at without a process of its own: between two batches there is little time.
    with closing(sqlite3.connect(running.home / "db.sqlite3", timeout=30)) as database:
        ends = time.monotonic() + 60
        while not database.execute("SELECT done FROM authorizations_operationsjob").fetchone()[0]:
            assert time.monotonic() < ends, running.log()
            time.sleep(0.02)
        kill(first)
    state, done = running.shell(DONE).split()
    assert state == "running" and 0 < int(done) < MANY, (state, done)
    running.shell(CLAIM_ENDS)  # two minutes later
    running.worker(), running.worker()
    running.shell(SEND.format("run_operations"))
    assert wait_for(lambda: running.shell(DONE).split()[0] == "done", 90), running.log()
    assert running.shell(COUNTS) == " ".join([str(MANY)] * 5) + " 1"
