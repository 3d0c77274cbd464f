"""What the database holds of what was acknowledged, read by a process of the portal; prints one line of JSON."""

import json
import sys
from collections import Counter

from authorizations.events.models import Event
from authorizations.models import Authorization, Connection


def main() -> None:
    asked = json.load(sys.stdin)
    connections, authorizations = asked["connections"], asked["authorizations"]

    def events(name: str, subjects: list[str], key: str = "subject_id") -> dict[str, int]:
        found = Event.objects.filter(name=name, **{f"{key}__in": subjects}).values_list(key, flat=True)
        return dict(Counter(found))

    granted = Event.objects.filter(name="authorization.granted").values_list("person_id", flat=True)
    said = {
        "grants": dict(Counter(granted)),
        "connections": [str(pk) for pk in Connection.objects.filter(pk__in=connections).values_list("pk", flat=True)],
        "revoked_connections": [
            str(pk)
            for pk in Connection.objects.filter(pk__in=connections)
            .exclude(revoked_at=None)
            .values_list("pk", flat=True)
        ],
        "revoked_authorizations": [
            str(pk)
            for pk in Authorization.objects.filter(pk__in=authorizations)
            .exclude(revoked_at=None)
            .values_list("pk", flat=True)
        ],
        "created": events("connection.created", connections, "detail__connection"),
        "refreshed": events("token.refreshed", connections, "detail__connection"),
        "connection_revoked": events("connection.revoked", connections, "detail__connection"),
        "authorization_revoked": events("authorization.revoked", authorizations),
    }
    print(json.dumps(said))
