"""`manage.py seed_demo`: people, organizations and the sample apps, on the first start only."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts.models import AccessLevel, Membership, Organization, Project, User
from accounts.roles import Role, columns
from authorizations.services.keys import ring
from authorizations.tasks.expiry import remind
from authorizations.tasks.legacy import tell_of_sunset
from authorizations.tasks.secrets import remind_of_expiring_secrets
from demo import decisions, history
from demo.seeds import ORGANIZATIONS, apps, people
from oauthapps import services
from oauthapps.models import Application


class Command(BaseCommand):
    help = "Seeds people, organizations and the sample apps, and writes the sample services' configuration. Seeds once."

    def handle(self, *args: Any, **options: Any) -> None:
        ring.published()  # the signing keys, made on the first start
        if User.objects.exists():
            self.stdout.write("Seeded before; nothing to do.")
            return
        home = Path(settings.HOME)
        with transaction.atomic():
            found = self._people()
            self._organizations(found)
            written = self._apps(found)
            self._history(found)
            for name, document in written.items():
                _write_private(home / name, document)
        # What the jobs would tell within their first hour, so that the first look at the notices is not an empty page.
        for job in (remind, remind_of_expiring_secrets, tell_of_sunset):
            job()
        self.stdout.write(
            f"Seeded {len(found)} people, {len(ORGANIZATIONS)} organizations and {Application.objects.count()} apps."
        )

    def _people(self) -> dict[str, User]:
        found = {}
        for account in people():
            person = User.objects.create_person(
                tenant_id=account["tid"],
                object_id=account["oid"],
                display_name=account["name"],
                principal_name=account["upn"],
                email=account.get("mail") or "",
            )
            found[account["upn"].split("@")[0]] = person
        for name, role in (("olivia", Role.ADMINISTRATOR), ("arthur", Role.AUDITOR)):
            User.objects.filter(pk=found[name].pk).update(**columns(role))
        return found

    def _organizations(self, found: dict[str, User]) -> None:
        for seed in ORGANIZATIONS:
            organization = Organization.objects.create(name=seed.name, slug=seed.slug, owner=found[seed.owner])
            for name, level in seed.members.items():
                Membership.objects.create(
                    organization=organization,
                    person=found[name],
                    access_level=AccessLevel(level),
                    administrator=name in {seed.owner, *seed.administrators},
                    reviewer=name in seed.reviewers,
                )
            for title, (description, members) in seed.projects.items():
                project = Project.objects.create(organization=organization, name=title, description=description)
                project.members.set(found[name] for name in members)

    def _apps(self, found: dict[str, User]) -> dict[str, dict[str, Any]]:
        now, port = timezone.now(), int(os.environ.get("PORT", "8000"))
        secrets: dict[str, dict[str, str]] = {}
        for key, registration in apps(port).items():
            legacy = registration.model == "legacy"
            app = services.register(
                registration,
                owners=[found["dana"]],
                by=None,
                now=now,
                registered_at=datetime(2023, 5, 2, tzinfo=UTC) if legacy else None,
            )
            _, value = services.create_secret(app, slot="primary", by=None, now=now)
            secrets[key] = {"client_id": app.client_id, "client_secret": value, "scope": " ".join(app.all_scopes)}
        base = {"portal": settings.ISSUER}
        return {
            "sample-service.json": base
            | {
                "base_url": f"http://localhost:{port + 2}",
                "resource_server": f"http://localhost:{port + 3}",
                "standard": secrets["standard"],
                "legacy": secrets["legacy"],
            },
            "resource-server.json": base | {k: secrets["resource_server"][k] for k in ("client_id", "client_secret")},
        }

    def _history(self, found: dict[str, User]) -> None:
        now = timezone.now()
        places = {o.slug: o for o in Organization.objects.all()}
        for seed in history.services():
            legacy = seed.registration.model == "legacy"
            registered = datetime(2023, 9, 18, tzinfo=UTC) if legacy else now - timedelta(days=400)
            app = services.register(
                seed.registration, owners=[found[seed.owner]], by=None, now=now, registered_at=registered
            )
            if not app.is_public:
                services.create_secret(app, slot="primary", by=None, now=now - timedelta(days=35))
            for said in seed.grants:
                history.grant(app, found[said.person], said, places, now)
        decisions.decided(places["contoso"], found, now)


def _write_private(path: Path, document: dict[str, Any]) -> None:
    """Holds a secret: readable by the owner alone."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(document, indent=2))
