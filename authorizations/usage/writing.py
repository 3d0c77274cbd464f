"""From the buffer to the tables: times only move forward, counts add up."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction

from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.models import (
    AppUsage,
    Authorization,
    AuthorizationUsage,
    Connection,
    OrganizationUsage,
    PersonalAccessToken,
    PersonalTokenUsage,
)
from authorizations.usage import refusals
from oauthapps.models import ApplicationSecret, SecretUse

SEEN: dict[str, Any] = {
    "connection": Connection,
    "authorization": Authorization,
    "secret": ApplicationSecret,
    "personal": PersonalAccessToken,
}
USE, FROM = "use:", "from:"
BATCH = 200


def write(seen: dict[str, float], counts: dict[str, int]) -> None:
    with transaction.atomic():
        refused, used = refusals.sorted_out(seen)
        refusals.write(refused)
        # Before the times: an origin counts only while nothing later is known.
        _write_origins({key.removeprefix(FROM): at for key, at in seen.items() if key.startswith(FROM)})
        _first_uses(used)
        for key, at in sorted(used.items()):
            if key.startswith((USE, FROM)):
                continue
            table, pk = key.split(":", 1)
            when = datetime.fromtimestamp(at, UTC)
            SEEN[table].objects.filter(pk=pk).exclude(last_used_at__gte=when).update(last_used_at=when)
        _write_uses({key.removeprefix(USE): at for key, at in seen.items() if key.startswith(USE)})
        apps, authorizations, organizations, personal = _sorted_out(counts)
        add(AppUsage, ("application", "day", "endpoint"), apps)
        add(AuthorizationUsage, ("authorization", "day", "facet", "value"), authorizations)
        add(OrganizationUsage, ("organization_id", "day", "application"), organizations)
        add(PersonalTokenUsage, ("token", "place", "day"), _still_there(personal))


def _first_uses(used: dict[str, float]) -> None:
    """A secret that nobody had used yet: its owners wait for that, and so does whoever looks for a stolen one."""
    seen = {int(key.removeprefix("secret:")): at for key, at in used.items() if key.startswith("secret:")}
    unused = ApplicationSecret.objects.filter(pk__in=seen, last_used_at=None)
    if not seen:
        return
    for secret in unused.select_related("application").order_by("pk"):
        when = datetime.fromtimestamp(seen[secret.pk], UTC)
        if not unused.filter(pk=secret.pk).update(last_used_at=when):
            continue  # another worker was quicker
        places = [json.loads(key.split(":", 2)[2]) for key in used if key.startswith(f"{USE}{secret.pk}:")]
        found = event(
            Kind.SECRET_FIRST_USED,
            now=when,
            app=secret.application,
            subject=("secret", secret.key_id),
            detail={"key_id": secret.key_id},
        )
        found.address, found.user_agent = places[0] if len(places) == 1 else ("", "")
        record_all([found])


def _write_uses(seen: dict[str, float]) -> None:
    """Where secrets were used: the latest places of each, so that a client that changes its name often fills nothing."""
    places: dict[int, list[SecretUse]] = {}
    for key, at in sorted(seen.items(), key=lambda entry: -entry[1]):
        pk, place = key.split(":", 1)
        address, user_agent = json.loads(place)
        use = SecretUse(address=address, user_agent=user_agent, last_used_at=datetime.fromtimestamp(at, UTC))
        places.setdefault(int(pk), []).append(use)
    for secret_pk, uses in sorted(places.items()):
        kept = sorted(uses[: settings.SECRET_USES_KEPT], key=lambda use: (use.address, use.user_agent))
        for use in kept:
            use.secret_id = secret_pk
        unique = ["secret", "address", "user_agent"]
        SecretUse.objects.bulk_create(kept, update_conflicts=True, unique_fields=unique, update_fields=["last_used_at"])
        latest = (
            SecretUse.objects.filter(secret_id=secret_pk).order_by("-last_used_at", "-pk").values_list("pk", flat=True)
        )
        SecretUse.objects.filter(pk__in=list(latest[settings.SECRET_USES_KEPT :])).delete()


def _write_origins(seen: dict[str, float]) -> None:
    """From where each personal token was used last."""
    latest: dict[str, tuple[float, str]] = {}
    for key, at in seen.items():
        pk, origin = key.split(":", 1)
        latest[pk] = max(latest.get(pk, (0.0, "")), (at, origin))
    for pk, (at, origin) in sorted(latest.items()):
        address, user_agent = json.loads(origin)
        when = datetime.fromtimestamp(at, UTC)
        PersonalAccessToken.objects.filter(pk=pk).exclude(last_used_at__gt=when).update(
            last_address=address, last_user_agent=user_agent
        )


Rows = list[tuple[Any, ...]]


def _sorted_out(counts: dict[str, int]) -> tuple[Rows, Rows, Rows, Rows]:
    """Rows of each table. In the order of their keys, so that two writers never lock them crosswise."""
    apps: Rows = []
    authorizations: Rows = []
    organizations: Rows = []
    personal: Rows = []
    for key, calls in sorted(counts.items()):
        table, rest = key.split(":", 1)
        if table == "app":
            pk, day, endpoint = rest.split(":")
            apps.append((int(pk), date.fromisoformat(day), endpoint, calls))
        elif table == "organization":
            pk, day, app_pk = rest.split(":")
            organizations.append((UUID(pk), date.fromisoformat(day), int(app_pk), calls))
        elif table == "personal":
            pk, day, place = rest.split(":")
            personal.append((UUID(pk), place, date.fromisoformat(day), calls))
        else:
            pk, day, facet, value = rest.split(":", 3)
            authorizations.append((UUID(pk), date.fromisoformat(day), facet, value, calls))
    return apps, authorizations, organizations, personal


def _still_there(rows: Rows) -> Rows:
    """A token goes with its organization; counts that come after it must not stop all others from being written."""
    found = PersonalAccessToken.objects.filter(pk__in={row[0] for row in rows}).values_list("pk", flat=True)
    there = set(found) if rows else set()
    return [row for row in rows if row[0] in there]


def add(
    table: type[models.Model], names: Sequence[str], rows: list[tuple[Any, ...]], *, keys: int | None = None
) -> None:
    """Inserts the counts, or adds them to what is there: one statement a batch, however many workers write.

    `keys`: how many of the names tell rows apart; all of them, if it is not said. A `last_at` only moves forward.
    """
    fields: list[Any] = [table._meta.get_field(name) for name in (*names, "calls")]
    columns = [f.column for f in fields]
    quote, name = connection.ops.quote_name, table._meta.db_table
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        values = [f.get_db_prep_save(v, connection) for row in batch for f, v in zip(fields, row, strict=True)]
        places = ", ".join(["(" + ", ".join(["%s"] * len(fields)) + ")"] * len(batch))
        sql = (
            f"INSERT INTO {quote(name)} ({', '.join(map(quote, columns))}) VALUES {places} "  # noqa: S608  (names only)
            f"ON CONFLICT ({', '.join(map(quote, columns[: keys or -1]))}) "
            f"DO UPDATE SET calls = {quote(name)}.calls + EXCLUDED.calls"
        )
        if "last_at" in names:
            sql += (
                f", last_at = CASE WHEN EXCLUDED.last_at > {quote(name)}.last_at "
                f"THEN EXCLUDED.last_at ELSE {quote(name)}.last_at END"
            )
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
