"""What is measured at each size: sizes, pages of operations and of people, the event log, and revoking by app."""

import statistics
import time
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role, columns
from accounts.stepup import SESSION_KEY
from authorizations.events.models import Event
from authorizations.models import Authorization, Connection
from authorizations.services import sealing
from authorizations.services.keys import ring
from authorizations.services.operations import jobs, preview
from authorizations.services.operations.selection import Selection
from oauthapps.models import Application

Say = Callable[..., None]  # (name, value, a note that is printed with it)
BACKEND = "accounts.backends.ActivePersonBackend"
ROUNDS = 5
SLOW = 5000  # ms; what takes so long is asked for twice
ADMIN = "/admin/authorizations"
TABLES = (Authorization, Connection, Event)


def measure(say: Say, seconds: int, *, before_changes: Callable[[], None]) -> None:
    for part in (sizes, pages, counting):
        _safely(part, say)
    before_changes()
    for changing in (sealed, revoked):
        _safely(changing, say, seconds)


def _safely(part: Callable[..., None], *said: Any) -> None:
    """What fails costs its own figures and no others."""
    try:
        part(*said)
    except Exception:  # noqa: BLE001  (whatever it was, it is printed)
        traceback.print_exc()


def sizes(say: Say) -> None:
    number = Authorization.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        say("database, bytes for each authorization", cursor.fetchone()[0] / number)
        for model in TABLES:
            table, name = model._meta.db_table, model._meta.verbose_name
            cursor.execute("SELECT pg_table_size(%s::regclass), pg_indexes_size(%s::regclass)", [table, table])
            rows, indexes = cursor.fetchone()
            count = model._default_manager.count()
            say(f"{name}: bytes of a row", rows / count)
            say(f"{name}: bytes of its places in indexes", indexes / count)


def pages(say: Say) -> None:
    staff = Client()
    staff.force_login(_administrator(), backend=BACKEND)
    _recently(staff)
    staff.get("/admin/")  # a process reads its templates once
    for name, address in _lists().items():
        _safely(_page, say, f"admin: {name}", staff, address)
    for number, principal in ((200, "Person 0000001"), (10, "Person 0000002")):
        browser = Client()
        browser.force_login(User.objects.get(display_name=principal), backend=BACKEND)
        _recently(browser)
        _page(say, f"person with {number}: authorizations", browser, "/_usersSettings/authorizations")
        _page(say, f"person with {number}: history", browser, "/_usersSettings/authorizations/history")


def _administrator() -> User:
    person = User.objects.order_by("display_name")[20]
    User.objects.filter(pk=person.pk).update(**columns(Role.ADMINISTRATOR))
    person.refresh_from_db()
    return person


def _recently(browser: Client) -> None:
    session, at = browser.session, int(time.time())
    session[SESSION_KEY] = {"auth_time": at, "at": at}
    session.save()


def _lists() -> dict[str, str]:
    """First pages, pages far back, and what operations ask most."""
    app = Application.objects.get(name="Service 00001").client_id
    rare = Application.objects.order_by("-name")[0].client_id
    person = str(User.objects.get(display_name="Person 0000777").pk)
    # From the middle, wherever that is: none of these reads what comes before it.
    middle = Event.objects.order_by("id").values_list("id", flat=True)[0] + Event.objects.order_by("-id")[0].pk
    event = Event.objects.filter(pk__gte=middle // 2).order_by("pk")[0]
    authorization = Authorization.objects.filter(granted_at__gte=event.at).order_by("granted_at", "id")[0]
    opened = Connection.objects.filter(created_at__gte=event.at).order_by("created_at", "id")[0]

    def at(table: str, **said: Any) -> str:
        return f"{ADMIN}/{table}/?{urlencode(said)}" if table != "event" else f"/admin/events/event/?{urlencode(said)}"

    return {
        "overview": "/admin/",
        "authorizations": at("authorization"),
        "authorizations, far back": at(
            "authorization", after=f"{authorization.granted_at.isoformat()}~{authorization.pk}"
        ),
        "authorizations of the largest app": at("authorization", app=app),
        "authorizations of a small app": at("authorization", app=rare),
        "authorizations of a person": at("authorization", person=person),
        "authorizations in force": at("authorization", state="live"),
        "authorizations, searched": at("authorization", q="person 0000777"),
        "connections": at("connection"),
        "connections, far back": at("connection", after=f"{opened.created_at.isoformat()}~{opened.pk}"),
        "connections of the largest app": at("connection", app=app),
        "connections in force": at("connection", state="live"),
        "events": at("event"),
        "events, far back": at("event", after=f"{event.at.isoformat()}~{event.pk}"),
        "events of a person": at("event", person=person),
        "events of the largest app": at("event", app=app),
        "events of a kind": at("event", name="authorization.granted"),
        "events from an address": at("event", address=event.address),
        "people": "/admin/accounts/user/",
        "people, searched": f"/admin/accounts/user/?{urlencode({'q': 'person 0000777'})}",
    }


def _page(say: Say, name: str, browser: Client, address: str) -> None:
    """The median; beside it the best, what of the best the statements took, and how many these are."""
    seen: list[tuple[float, float, int]] = []
    while len(seen) < (ROUNDS if not seen or seen[0][0] < SLOW else 2):
        cache.clear()  # the overview is kept there
        with CaptureQueriesContext(connection) as captured:
            begun = time.perf_counter()
            answer = browser.get(address)
            spent = (time.perf_counter() - begun) * 1000
        if answer.status_code != 200:
            print(f"  {name}: {answer.status_code} {answer.get('Location', '')}", flush=True)
            return
        queries = captured.captured_queries
        seen.append((spent, sum(float(q["time"]) for q in queries) * 1000, len(queries)))
    best, asked, statements = min(seen)
    say(
        f"{name}, ms",
        statistics.median(spent for spent, *_ in seen),
        f"best {best:.0f}, statements {asked:.0f} ({statements})",
    )


def counting(say: Say) -> None:
    """The preview of revoking everything of the largest app."""
    begun = time.perf_counter()
    shown = preview.count("revoke", _largest(), now=timezone.now())
    say("revoke by app: authorizations", shown.counted.authorizations)
    say("revoke by app: preview, ms", (time.perf_counter() - begun) * 1000)


def _largest() -> Selection:
    return Selection(apps=(Application.objects.get(name="Service 00001").client_id,))


def sealed(say: Say, seconds: int) -> None:
    ring.published()
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds and (number := sealing.seal_next(timezone.now())):
        done += number
    say("sealing: events", done)
    say("sealing: events a second", done / (time.perf_counter() - begun))
    begun = time.perf_counter()
    report = sealing.verify(now=timezone.now())
    spent = time.perf_counter() - begun
    if report.findings:
        raise SystemExit(f"The log does not verify: {report.findings[:3]}")
    say("verifying: events", report.events)
    say("verifying: events a second", report.events / spent)


def revoked(say: Say, seconds: int) -> None:
    wanted, now = _largest(), timezone.now()
    by = User.objects.get(role=Role.ADMINISTRATOR)
    counted = preview.count("revoke", wanted, now=now)
    begun = time.perf_counter()
    job = jobs.start(
        "revoke", wanted, by=by, reason="Measuring what it takes.", now=now,
        counted={"people": counted.counted.people, "authorizations": counted.counted.authorizations}, counted_at=now,
    )  # fmt: skip
    say("revoke by app: to start the job, ms", (time.perf_counter() - begun) * 1000)
    before, begun = Authorization.objects.filter(revoked_at=None).count(), time.perf_counter()
    if not counted.counted.authorizations:
        return
    while time.perf_counter() - begun < seconds and jobs.run(job, clock=timezone.now, most=10):
        pass
    spent = time.perf_counter() - begun
    done = before - Authorization.objects.filter(revoked_at=None).count()
    say("revoke by app: revoked", done)
    say("revoke by app: authorizations a second", done / spent)
    if done:
        left = counted.counted.authorizations - done
        say("revoke by app: all of them, s", spent + left / (done / spent))
