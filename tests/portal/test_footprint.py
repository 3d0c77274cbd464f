"""What a server's process does without, and that nothing else does."""

import base64
import os
import subprocess
import sys
from io import BytesIO
from uuid import UUID

from django.db.migrations.loader import MigrationLoader
from PIL import Image

from authorizations.api import avatars
from portal.health import checks

LOADED = "import portal, sys; import structlog, requests; print([n for n in {names} if sys.modules.get(n)])"
NAMES = ["rich", "greenlet", "charset_normalizer"]


def loaded(**said: str) -> str:
    environment = {"PATH": os.environ["PATH"], **said}
    command = [sys.executable, "-W", "error", "-c", LOADED.format(names=NAMES)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_a_server_leaves_out_what_libraries_load_because_it_is_there():
    assert loaded(GATEHOUSE_PROCESS="web") == "[]"


def test_other_processes_keep_it():
    assert "charset_normalizer" in loaded(GATEHOUSE_PROCESS="worker")


def test_the_migrations_of_this_release_are_known_by_the_names_of_their_files():
    assert set(checks._released()) == set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def test_a_picture_of_a_person_is_a_png_mirrored_at_its_middle():
    raw = base64.b64decode(avatars.png(UUID("6f0c5d0e-9d6c-4f8e-8f5e-1b2f3a4c5d6e")))
    with Image.open(BytesIO(raw)) as picture:
        picture.load()
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (44, 44))
        assert len(set(picture.getdata())) == 2
        assert [picture.getpixel((x, 20)) for x in range(44)] == [picture.getpixel((43 - x, 20)) for x in range(44)]
