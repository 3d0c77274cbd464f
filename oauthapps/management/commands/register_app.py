"""`manage.py register_app FILE.json`: create or update an app from a document, for automation."""

import json
from argparse import ArgumentParser
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from oauthapps import services
from oauthapps.models import Application
from oauthapps.services import owners

SAID = {f.name: f.type for f in fields(services.Registration)}
LISTS = {"redirect_uris", "scopes", "optional_scopes"}
OTHERS = {"client_id", "owners", "registered_at"}


class Command(BaseCommand):
    help = (
        "Registers an app, or updates the app whose client_id the document names. Prints JSON: client_id and, for a new "
        "confidential app, client_secret (shown this once). Keys: " + ", ".join(sorted({*SAID, *OTHERS})) + "."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a JSON document, or - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        document = self._read(options["file"])
        try:
            with transaction.atomic():
                printed = self._apply(document)
        except services.RegistrationRefused as refusal:
            raise CommandError(f"{refusal.field}: {refusal}") from refusal
        self.stdout.write(json.dumps(printed))

    def _read(self, name: str) -> dict[str, Any]:
        try:
            with open(0 if name == "-" else name, encoding="utf-8") as file:
                document = json.load(file)
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise CommandError(f"{name} is not a JSON document: {error}.") from error
        if not isinstance(document, dict):
            raise CommandError(f"{name} must hold one JSON object.")
        if unknown := sorted(set(document) - set(SAID) - OTHERS):
            raise CommandError(f"{name} has keys that are not known: {', '.join(unknown)}.")
        for key, value in document.items():
            self._check_type(key, value)
        return document

    def _check_type(self, key: str, value: Any) -> None:
        if key in LISTS | {"owners"}:
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise CommandError(f"{key} must be a list of strings.")
        elif key in {"resource_server", "historic_answers"}:
            if not isinstance(value, bool):
                raise CommandError(f"{key} must be true or false.")
        elif not isinstance(value, str):
            raise CommandError(f"{key} must be a string.")

    def _apply(self, document: dict[str, Any]) -> dict[str, Any]:
        now = timezone.now()
        said = {key: value for key, value in document.items() if key in SAID}
        client_id = document.get("client_id")
        app = Application.objects.filter(client_id=client_id).first() if client_id else None
        if app and app.deleted_at:
            raise CommandError(f"client_id: the app {client_id} was deleted; its id is never given out again.")
        if app:
            known = services.values(app) | {"redirect_uris": app.callbacks}
            services.change(app, services.Registration(**(known | said)), by=None, now=now)
            if "owners" in document:
                owners.replace(app, self._owners(document), reason="register_app", now=now)
            return {"client_id": app.client_id, "created": False}
        if missing := [key for key in ("name", "company", "redirect_uris", "scopes") if key not in said]:
            raise CommandError(f"A new app needs: {', '.join(missing)}.")
        app = services.register(
            services.Registration(**said),
            owners=self._owners(document),
            by=None,
            now=now,
            registered_at=self._registered_at(document),
            client_id=client_id,
        )
        printed: dict[str, Any] = {"client_id": app.client_id, "created": True}
        if not app.is_public:
            secret, value = services.create_secret(app, slot="primary", by=None, now=now)
            printed |= {"client_secret": value, "client_secret_expires_at": secret.expires_at.isoformat()}
        return printed

    def _owners(self, document: dict[str, Any]) -> list[User]:
        names = document.get("owners", [])
        owners = list(User.objects.filter(principal__in=names))
        if missing := sorted(set(names) - {owner.principal for owner in owners}):
            raise CommandError(f"owners: nobody here is {', '.join(missing)} (write <tenant id>.<object id>).")
        return owners

    def _registered_at(self, document: dict[str, Any]) -> datetime | None:
        if "registered_at" not in document:
            return None
        try:
            value = datetime.fromisoformat(document["registered_at"])
        except ValueError as error:
            raise CommandError("registered_at must be an instant like 2024-06-01T00:00:00Z.") from error
        return value if value.tzinfo else value.replace(tzinfo=UTC)
