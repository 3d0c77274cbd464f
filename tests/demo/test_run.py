"""`make run`: what is checked first, and that nothing is left behind."""

import os
import socket
import subprocess
import sys
import time

import pytest

from demo import bootstrap
from demo.run.child import Child
from demo.run.plan import Process


def run(tmp_path, **env):
    return subprocess.run(
        [sys.executable, "-m", "demo.run"],
        env=os.environ | {"GATEHOUSE_HOME": str(tmp_path)} | env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("port", ["eighty", "80", "65533", "-1", "8000.5"])
def test_a_wrong_port_is_one_clear_line(tmp_path, port):
    done = run(tmp_path, PORT=port)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "PORT must be a number" in done.stderr


def test_a_busy_port_is_named_with_the_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(tmp_path, PORT=str(min(port, 65532)))
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "PORT=9000 make run" in done.stderr


def test_an_old_python_is_told_so():
    assert "3.11" in bootstrap.too_old((3, 9, 2)) and bootstrap.too_old((3, 11, 0)) == ""


def test_a_child_and_what_it_started_are_ended(tmp_path):
    grandchild = f"import time\nwhile True: open({str(tmp_path / 'beat')!r}, 'a').write('.'); time.sleep(0.05)"
    program = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {grandchild!r}]); time.sleep(99)"
    child = Child(Process("sleeper", (sys.executable, "-c", program)), dict(os.environ), tmp_path)
    child.start()
    time.sleep(0.5)
    child.ask_to_end()
    child.end(time.monotonic() + 5)
    beats = (tmp_path / "beat").stat().st_size
    time.sleep(0.3)
    assert beats > 0 and (tmp_path / "beat").stat().st_size == beats


def test_a_child_that_keeps_dying_is_given_up(tmp_path):
    child = Child(Process("dying", (sys.executable, "-c", "pass")), dict(os.environ), tmp_path)
    child._restarts = [time.monotonic()] * 3
    assert child.restart() is False
