"""Expiring authorizations with their connections, events, notices and mails: rows a second, and peak memory.

    GATEHOUSE_TEST_DATABASE_URL=postgres://... python -m bench.expiry [count ...]

For each count: a database of its own beside the named one is seeded in bulk; then a process of its own runs the job
that beat runs, until nothing is left, and says how long it took, how much processor time of it was its own, and how much memory
it had at most.

Measured on two cores that eight others kept busy (load 8), PostgreSQL 15: 2,000 at 307 rows/s, 117 MB, 0.57 s of
processor time per 1,000; 10,000 at 407 rows/s, 124 MB, 0.68 s per 1,000. Measure anew on a quiet machine.
"""

import os
import resource
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
import django

django.setup()

from django.db import connection, models  # noqa: E402  (the settings come first)
from django.utils import timezone  # noqa: E402

from accounts.models import PERSONAL_TENANT, User  # noqa: E402
from authorizations.events.models import Event  # noqa: E402
from authorizations.models import Authorization, Connection  # noqa: E402
from authorizations.notifications.models import Message, Notice  # noqa: E402
from authorizations.services import expiry  # noqa: E402
from authorizations.tasks import clock  # noqa: E402
from oauthapps.models import Application  # noqa: E402

DATABASE = "bench_expiry"
CHUNK = 5000
APPS = 100


def main(counts: list[int]) -> None:
    print("authorizations   seconds   rows/s   cpu ms/1,000   peak MB")
    for count in counts:
        connection.settings_dict["TEST"]["NAME"] = DATABASE
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            seed(count)
            connection.close()
            seconds, cpu, peak = run_apart()
            told = {t.__name__: t._default_manager.count() for t in (Notice, Message, Event)}
            if set(told.values()) != {count}:
                raise SystemExit(f"not every one was told: {told}")
            print(f"{count:>14,} {seconds:>9.1f} {count / seconds:>8,.0f} {cpu / count * 1e6:>14.0f} {peak:>9.0f}")
            sys.stdout.flush()
        finally:
            connection.creation.destroy_test_db(DATABASE, verbosity=0)


def run_apart() -> tuple[float, ...]:
    """The job in a fresh process, so that the memory of seeding is not counted."""
    done = subprocess.run([sys.executable, "-m", "bench.expiry", "--run"], capture_output=True, text=True, check=True)
    return tuple(map(float, done.stdout.split()))


def run() -> None:
    connection.close()
    connection.settings_dict["NAME"] = DATABASE
    began, cpu = time.monotonic(), time.process_time()
    while expiry.expire_authorizations(now=clock.now()):
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(time.monotonic() - began, time.process_time() - cpu, peak)


def seed(count: int) -> None:
    now = timezone.now()
    people = max(1, count // APPS)
    insert(User, (person(n) for n in range(people)))
    insert(
        Application, (Application(name=f"App {n}", client_id=str(uuid.uuid4()), registered_at=now) for n in range(APPS))
    )
    who = list(User.objects.values_list("pk", flat=True))
    apps = list(Application.objects.values_list("pk", flat=True))
    rows = [(p, a) for p in who for a in apps][:count]
    insert(
        Authorization,
        (
            Authorization(
                person_id=p,
                application_id=a,
                scopes=["vso.profile"],
                granted_at=now - timedelta(days=365),
                expires_at=now - timedelta(seconds=1),
            )
            for p, a in rows
        ),
    )
    pks = Authorization.objects.values_list("pk", flat=True).iterator(CHUNK)
    insert(
        Connection,
        (
            Connection(
                authorization_id=pk,
                refresh_digest="x" * 64,
                told=True,
                created_at=now,
                expires_at=now + timedelta(days=9),
            )
            for pk in pks
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def person(n: int) -> User:
    made = User(
        tenant_id=PERSONAL_TENANT, object_id=uuid.uuid4(), display_name=f"Person {n}", email=f"p{n}@example.test"
    )
    made.principal = f"{made.tenant_id}.{made.object_id}"
    return made


def insert(table: type[models.Model], rows: Iterator[Any]) -> None:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            table._default_manager.bulk_create(chunk)
            chunk = []
    table._default_manager.bulk_create(chunk)


if __name__ == "__main__":
    if sys.argv[1:] == ["--run"]:
        run()
    else:
        main([int(a) for a in sys.argv[1:]] or [10_000, 100_000])
