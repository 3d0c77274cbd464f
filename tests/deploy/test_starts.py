"""The very command lines of deploy/, started with production's own settings on PostgreSQL and Redis."""

import re
import shutil
import signal
import subprocess
import threading
import time

import psycopg
import pytest

from tests.deploy.place import BIN, DEPLOY, ROOT, Place, Process, ask, collect_static, exec_start, wait_for
from tests.live.stack import free_ports

pytestmark = pytest.mark.xdist_group("production")
LOCKED = "LOCK TABLE oauthapps_application, oauthapps_applicationsecret IN ACCESS EXCLUSIVE MODE"
INTROSPECT = {
    "method": "POST",
    "body": "token=none",
    "Authorization": "Basic eDp5Lno=",  # a client that does not exist: the answer is 401, after a look into the table
    "Content_Type": "application/x-www-form-urlencoded",
}


def web(place: Place, name: str = "web", **more: str) -> Process:
    started = place.start(name, exec_start("web"), WEB_PORT=str(free_ports(1)), **more)
    started.wait_until_ready()
    return started


def under_way(web_process: Process, place: Place, act) -> int:
    """Acts while a request waits for a table that somebody holds for a moment; the status of its answer."""
    answers: list[int] = []
    request = threading.Thread(
        target=lambda: answers.append(ask(web_process.port, "/oauth2/v2.0/introspect", **INTROSPECT)[0])
    )
    with psycopg.connect(place.env["DATABASE_URL"]) as holder:
        holder.execute(LOCKED)
        request.start()
        assert wait_for(lambda: waits_for_lock(place), 10)
        act()
        time.sleep(0.5)
        holder.rollback()
    request.join(30)
    return answers[0] if answers else 0


def waits_for_lock(place: Place) -> bool:
    with psycopg.connect(place.env["DATABASE_URL"]) as watcher:
        row = watcher.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'gatehouse-web'"
        ).fetchone()
    return bool(row and row[0])


@pytest.fixture(scope="module")
def served(installed: Place) -> Process:
    """A web unit for the tests that leave it as it is."""
    return web(installed, "web-shared")


def test_the_web_unit_serves_pages_static_files_and_machines(place, served):
    page = ask(served.port, "/signin")
    assert page[0] == 200 and "/static/" in page[1]
    stylesheet = next(part.split('"')[0] for part in page[1].split('href="') if ".css" in part.split('"')[0])
    assert ask(served.port, stylesheet)[0] == 200
    assert '"issuer":"https://id.example.com"' in ask(served.port, "/.well-known/openid-configuration")[1]
    assert ask(served.port, "/oauth2/v2.0/introspect", **INTROSPECT)[0] == 401
    assert ask(served.port, "/signin", Host="evil.example")[0] == 400
    assert ask(served.port, "/signin", X_Forwarded_Proto="http")[0] == 301
    probe = [str(BIN / "python"), "-m", "portal.probe", "ready"]
    assert place.run(probe, WEB_PORT=str(served.port)).returncode == 0
    assert place.run(probe, WEB_PORT=str(free_ports(1))).returncode == 1


def test_what_the_image_holds_is_enough_to_serve(place, tmp_path):
    """The steps of the container file, without a container: what it copies, static files, the web server."""
    tree = tmp_path / "app"
    for source in re.findall(r"^COPY (?!--from)(\S+) ", (DEPLOY / "Containerfile").read_text(), re.M):
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        (tree / source).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / source, tree / source)
    image = Place(tmp_path, place.env | {"STATIC_ROOT": str(tmp_path / "static")}, root=tree)
    try:
        collect_static(image)
        served = web(image)
        assert ask(served.port, "/signin")[0] == 200
        assert ask(served.port, "/oauth2/v2.0/introspect", **INTROSPECT)[0] == 401
    finally:
        image.stop_all()


def test_a_web_process_that_is_stopped_finishes_what_it_began(place):
    served = web(place)
    assert under_way(served, place, lambda: served.popen.send_signal(signal.SIGTERM)) == 401
    assert served.popen.wait(20) == 0
    assert not served.answers()


def test_units_restarted_one_after_the_other_answer_without_a_pause(place):
    """As a proxy in front does it: a unit that refuses the connection got nothing, so the next one is asked.

    A connection that came in the instant in which the port is closed is reset (docs/deploying.md says so).
    """
    units = [web(place, "web-a"), web(place, "web-b")]
    ports = [unit.port for unit in units]
    failed, answered, cut, stop = [], [0], [0], threading.Event()

    def keep_asking(first: int) -> None:
        while not stop.is_set():
            try:
                status = ask_either(ports[first], ports[1 - first])
            except (ConnectionResetError, BrokenPipeError):
                cut[0] += 1
            except OSError as error:
                failed.append(str(error))
            else:
                answered[0] += 1
                failed.extend([str(status)] * (status != 401))

    asking = [threading.Thread(target=keep_asking, args=(n % 2,)) for n in range(4)]
    for thread in asking:
        thread.start()
    try:
        for number, unit in enumerate(units):
            assert unit.terminate() == 0
            again = place.start(unit.name, exec_start("web"), WEB_PORT=str(ports[number]))
            again.wait_until_ready()
    finally:
        stop.set()
        for thread in asking:
            thread.join(20)
    assert failed == [] and answered[0] > 50
    assert cut[0] <= 2 * len(asking)  # at most what each had under way at each of the two instants


def ask_either(port: int, other: int) -> int:
    try:
        return ask(port, "/oauth2/v2.0/introspect", **INTROSPECT)[0]
    except ConnectionRefusedError:
        return ask(other, "/oauth2/v2.0/introspect", **INTROSPECT)[0]


def children(process: Process) -> set[str]:
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(process.popen.pid)], capture_output=True, text=True, check=False
    ).stdout
    return {line.split()[0] for line in listed.splitlines() if "resource_tracker" not in line}


def test_a_web_child_that_is_killed_is_replaced(served):
    (child,) = children(served)
    subprocess.run(["kill", "-9", child], check=True)
    assert wait_for(lambda: served.answers() and children(served) != {child}, 30), served.log()


def test_worker_and_beat_units_do_their_work_and_stop_when_asked(place):
    worker = place.start("worker", exec_start("worker"))
    beat = place.start("beat", exec_start("beat"))
    worker.wait_for_log("ready.")
    # Nothing was asked for by hand: beat sends, the worker works. An expired authorization closes by itself.
    worker.wait_for_log("succeeded in")
    assert "Traceback" not in worker.log() and "Traceback" not in beat.log()
    assert beat.terminate() == 0
    assert worker.terminate() == 0


def test_the_sessions_of_processes_end_what_hangs(place):
    """Timeouts are those of the process: a command may take its time, a page may not."""
    show = (
        "from django.db import connection as c; k = c.cursor(); k.execute(\"SELECT current_setting('statement_timeout'),"
        " current_setting('lock_timeout'), current_setting('application_name')\"); print(*k.fetchone())"
    )
    assert place.shell(show) == "0 5s gatehouse-manage"
    as_web = {"GATEHOUSE_PROCESS": "web", "DATABASE_STATEMENT_SECONDS": "7", "DATABASE_LOCK_SECONDS": "3"}
    assert place.manage("shell", "--verbosity", "0", "-c", show, **as_web).strip() == "7s 3s gatehouse-web"


def test_an_unsafe_setting_ends_the_web_server_also_when_it_is_started_by_hand(place):
    command = [str(BIN / "granian"), "--interface", "wsgi", "portal.wsgi:application", "--port", str(free_ports(1))]
    done = place.run(command, EVENT_RETENTION_DAYS="1")
    assert done.returncode != 0 and "gatehouse.E032" in done.stdout + done.stderr
