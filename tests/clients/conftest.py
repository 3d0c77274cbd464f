"""Clients written for Node.js, each a script that speaks one JSON line at a time."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing

NODE = Path(__file__).parent / "node"


class Talk:
    """A script that speaks one JSON line at a time."""

    def __init__(self, script: str, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["node", script], cwd=NODE, env=os.environ | env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def hear(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the client ended with {self._process.wait(10)}"
        return json.loads(line)

    def say(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def talk() -> Iterator[Callable[..., Talk]]:
    if not shutil.which("node") or not (NODE / "node_modules").is_dir():
        missing("Node.js packages")
    started: list[Talk] = []

    def start(script: str, **env: str) -> Talk:
        started.append(Talk(script, env))
        return started[-1]

    yield start
    for each in started:
        each.end()
