"""`manage.py orphaned_apps`: apps that nobody looks after, one JSON object a line."""

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from authorizations.services.app_retirement import what_stops
from oauthapps.models import Application


class Command(BaseCommand):
    help = (
        "Prints the apps without an active owner as JSON lines, those that most people use first: client_id, name, "
        "company, model, owners (with the instant they were deactivated), people, connections, calls of the last 7 days."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        found = Application.objects.orphaned().prefetch_related("owners").order_by("pk")
        lines = [_line(app, now) for app in found.iterator(chunk_size=200)]
        for line in sorted(lines, key=lambda line: -line["people"]):
            self.stdout.write(json.dumps(line))


def _line(app: Application, now: Any) -> dict[str, Any]:
    stops = what_stops(app, now)
    return {
        "client_id": app.client_id,
        "name": app.name,
        "company": app.company,
        "model": app.model,
        "owners": [
            {
                "name": owner.display_name,
                "principal": owner.principal,
                "deactivated_at": owner.deactivated_at.isoformat() if owner.deactivated_at else None,
            }
            for owner in app.owners.all()
        ],
        "people": stops.people,
        "connections": stops.connections,
        "calls": stops.calls,
    }
