"""The developer of the sample service gives it other keys while it runs."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from demo.sample_service.app import create_app
from demo.sample_service.config import Config

BASE = "http://localhost:2"
VALUES = {
    "portal": "http://localhost:1",
    "base_url": BASE,
    "resource_server": "http://localhost:3",
    "standard": {"client_id": "new-app", "client_secret": "first-secret-of-the-new-app", "scope": "openid vso.profile"},
    "legacy": {"client_id": "old-app", "client_secret": "first-secret-of-the-old-app", "scope": "vso.profile"},
}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "sample-service.json"
    path.write_text(json.dumps(VALUES))
    return path


@pytest.fixture
def developer(kept: Path) -> FlaskClient:
    return create_app(Config.from_values(VALUES), kept).test_client()


def save(developer: FlaskClient, model: str, **said: str):
    return developer.post(f"/keys/{model}", data=said, base_url=BASE)


def test_a_new_secret_is_used_at_once_and_kept(developer, kept):
    assert (
        save(developer, "legacy", client_id="old-app", client_secret="second", scope="vso.profile").status_code == 303
    )
    assert developer.application.extensions["contoso_config"].legacy.client_secret == "second"
    assert json.loads(kept.read_text())["legacy"]["client_secret"] == "second"
    assert json.loads(kept.read_text())["standard"] == VALUES["standard"]
    assert kept.stat().st_mode & 0o077 == 0


def test_a_field_left_empty_stays(developer, kept):
    save(developer, "standard", client_id="", client_secret="", scope="vso.work")
    assert json.loads(kept.read_text())["standard"] == VALUES["standard"] | {"scope": "vso.work"}


def test_the_page_never_shows_a_secret(developer):
    page = developer.get("/keys", base_url=BASE).text
    assert "new-app" in page and "first-secret" not in page


@pytest.mark.parametrize("secret", ["säcret", "two\nlines", "nul\x00"])
def test_what_cannot_be_a_secret_is_refused_and_nothing_is_kept(developer, kept, secret):
    assert save(developer, "standard", client_secret=secret).status_code == 400
    assert json.loads(kept.read_text()) == VALUES


def test_another_sites_button_changes_nothing(developer, kept):
    answer = developer.post(
        "/keys/legacy", data={"client_secret": "x"}, base_url=BASE, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert json.loads(kept.read_text()) == VALUES
