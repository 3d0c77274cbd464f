"""tfx-cli, unmodified: people who log in with one of our personal access tokens."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import NODE
from tests.clients.test_azure_devops import personal_token
from tests.conftest import missing
from tests.live.stack import Stack

pytestmark = pytest.mark.xdist_group("live")
TFX = NODE / "node_modules" / ".bin" / "tfx"


def login(stack: Stack, home: Path, token: str) -> "subprocess.CompletedProcess[str]":
    if not shutil.which("node") or not TFX.exists():
        missing("tfx-cli")
    command = [str(TFX), "login", "--service-url", f"{stack.portal}/contoso", "--token", token, "--no-prompt"]
    return subprocess.run(
        command, env=os.environ | {"HOME": str(home)}, capture_output=True, text=True, timeout=120, check=False
    )


def test_people_log_in_with_a_personal_access_token(stack: Stack, tmp_path: Path) -> None:
    token = personal_token(stack, "alice@contoso.example", "tfx", ["vso.profile"])["value"]
    done = login(stack, tmp_path, token)
    assert done.returncode == 0 and "Logged in successfully" in done.stdout, done.stdout + done.stderr


def test_a_wrong_token_does_not_log_in(stack: Stack, tmp_path: Path) -> None:
    done = login(stack, tmp_path, "A" * 76 + "AZDO" + "B" * 4)
    assert done.returncode != 0 and "Logged in successfully" not in done.stdout
