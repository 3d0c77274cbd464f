"""The page where Contoso's developer gives it another registration or a new secret, while it runs."""

from dataclasses import replace
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for

from demo.sample_service.config import Client, Config, write_config_file
from demo.sample_service.problems import Problem

keys = Blueprint("keys", __name__)
FIELDS = ("client_id", "client_secret", "scope")


@keys.get("/keys")
def page() -> str:
    return render_template("keys.html", config=current(), saved=request.args.get("saved", ""))


@keys.post("/keys/<any(standard, legacy):model>")
def save(model: str) -> Response:
    """A field that is left empty stays as it is: nobody has to paste a secret again to change the permissions."""
    config = current()
    said = {name: request.form.get(name, "").strip() for name in FIELDS}
    if any(not value.isascii() or not value.isprintable() for value in said.values()):
        raise Problem("not_a_key", "That is not what the portal showed", "Copy the values from the portal once more.")
    known = config.client(model)
    client = Client(**{name: value or getattr(known, name) for name, value in said.items()})
    changed = replace(config, **{model: client})
    if path := current_app.extensions["contoso_config_path"]:
        write_config_file(cast(Path, path), changed)
    current_app.extensions["contoso_config"] = changed
    return cast(Response, redirect(url_for("keys.page", saved=model), 303))


def current() -> Config:
    return cast(Config, current_app.extensions["contoso_config"])
