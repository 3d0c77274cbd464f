"""The rows of the scale bench, made by the server: `INSERT ... SELECT ... FROM generate_series`.

Secondary indexes are put aside while a big table is filled and made again afterwards. Everything is as the portal would
have written it, but for references, which are right by construction and not checked one by one.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.db import connection, models
from django.utils import timezone

from accounts.models import Membership, Organization, User
from authorizations.events.models import Event
from authorizations.models import Authorization, AuthorizationUsage, Connection
from oauthapps.models import Application

Step = Callable[[str], AbstractContextManager[None]]
EACH = 5  # authorizations of one person; the first two people have 200 and 10
MANY, SOME = 200, 10
CHUNK = 500_000
SCOPES = ["vso.project", "vso.code", "vso.work_write", "vso.build", "vso.packaging", "vso.code_full", "vso.wiki"]


def load(number: int, step: Step) -> None:
    people = (number - MANY - SOME) // EACH + 2
    apps = max(300, number // 1000)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SET session_replication_role = replica; SET jit = off")
        cursor.execute(
            "SET work_mem = '128MB'; SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 2"
        )
    with step(f"{people:,} people"):
        _people(people)
    with step(f"{apps:,} services"):
        _apps(apps)
    with step("organizations and memberships"):
        _organizations(people)
    _authorizations(people, apps, step)
    _connections(number, step)
    _usage(step)
    _events(number, step)
    with connection.cursor() as cursor:
        cursor.execute("RESET session_replication_role; DROP TABLE bench_authorization")
        with step("statistics"):
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
    connection.close()  # what was set for loading is not for measuring


def fill(model: type[models.Model], said: Mapping[str, str], source: str, **like: Any) -> int:
    """Rows of `source`. `said`: columns by expressions of it; the others are as a new row of the portal has them."""
    fresh, columns, values, params = model(**like), [], [], []
    for field in model._meta.concrete_fields:
        if isinstance(field, models.AutoField | models.BigAutoField):
            continue  # the sequence of the table
        columns.append(connection.ops.quote_name(field.column))
        if field.column in said:
            values.append(said[field.column].replace("%", "%%"))
        else:
            values.append("%s")
            params.append(field.get_db_prep_save(field.pre_save(fresh, add=True), connection))
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {source.replace('%', '%%')}",  # noqa: S608
            params,
        )
        return cursor.rowcount


def _people(number: int) -> None:
    """The n-th has the id that comes from its number, so that rows about people find them without looking."""
    said = {
        "id": person("n"),
        "tenant_id": "'00000000-0000-0000-0000-000000000001'::uuid",
        "object_id": person("n"),
        "principal": f"'00000000-0000-0000-0000-000000000001.' || {person('n')}",
        "display_name": "'Person ' || to_char(n, 'FM0000000')",
        "principal_name": "'person' || n || '@example.test'",
        "email": "'person' || n || '@example.test'",
        "created_at": f"{NOW} - interval '1 year' - n * interval '1 second'",
    }
    with indexes_aside(User):
        fill(User, said, f"generate_series(1, {number}) AS n", password="!")


def person(n: str) -> str:
    return f"md5('person ' || {n})::uuid"


NOW = "now()"


def _apps(number: int) -> None:
    """Each asks for up to three permissions, and for one that it can do without."""
    scopes = "ARRAY['" + "','".join(SCOPES) + "']"
    picked = ", ".join(f"({scopes})[1 + (n * {k} + {k}) % {len(SCOPES)}]" for k in (1, 2, 3))
    said = {
        "client_id": "md5('service ' || n)::uuid::text",
        "name": "'Service ' || to_char(n, 'FM00000')",
        "company": "'Company ' || n % 400",
        "verified_domain": "CASE WHEN n % 3 = 0 THEN '' ELSE 'example.test' END",
        "model": "CASE WHEN n % 20 = 3 THEN 'legacy' ELSE 'standard' END",
        "scopes": f"(SELECT jsonb_agg(DISTINCT s) FROM unnest(ARRAY['openid', {picked}]) AS s)",  # noqa: S608
        "optional_scopes": """'["vso.profile"]'::jsonb""",
    }
    fill(Application, said, f"generate_series(1, {number}) AS n", client_type="confidential", registered_at=_year_ago())


def _year_ago() -> Any:
    return timezone.now() - timedelta(days=365)


def _organizations(people: int) -> None:
    """One for each two thousand people; everybody is in one or two."""
    number = max(2, people // 2000)
    said = {
        "id": "md5('organization ' || n)::uuid",
        "name": "'Organization ' || n",
        "slug": "'organization-' || n",
        "owner_id": person("n"),
    }
    fill(Organization, said, f"generate_series(1, {number}) AS n")
    for source in (
        f"(SELECT n, 1 + n % {number} AS o FROM generate_series(1, {people}) AS n) AS seat",  # noqa: S608
        f"(SELECT n, 1 + (n + 1) % {number} AS o FROM generate_series(1, {people}, 2) AS n) AS seat",  # noqa: S608
    ):
        fill(
            Membership,
            {"person_id": person("n"), "organization_id": "md5('organization ' || o)::uuid"},
            source,
            access_level="basic",
        )


def _authorizations(people: int, apps: int, step: Step) -> None:
    """Everybody uses the first service; and one of the next few, of some more, of many, and of the rest. The last was
    revoked by every second. The first person has 200, the second 10."""
    edges = [2, 11, max(12, apps // 10), max(13, apps * 4 // 10), apps + 1]
    picks = ", ".join(
        f"{low} + ((p::bigint * {prime} + {prime}) % {high - low})::int"
        for (low, high), prime in zip(pairwise(edges), (7, 31, 101, 211), strict=True)
    )
    base = Application.objects.order_by("pk")[0].pk - 1
    with connection.cursor() as cursor, step("who approved what"):
        cursor.execute(f"""
            CREATE UNLOGGED TABLE bench_authorization AS
            SELECT row_number() OVER (ORDER BY md5(p || ' ' || app)) AS n, p, app, last,
                   md5('authorization ' || p || ' ' || app)::uuid AS id
            FROM (
                SELECT p, {base} + app AS app, turn = 5 AS last
                FROM generate_series(3, {people}) AS p, unnest(ARRAY[1, {picks}]) WITH ORDINALITY AS a (app, turn)
                UNION ALL SELECT 1, {base} + app, false FROM generate_series(1, {MANY}) AS app
                UNION ALL SELECT 2, {base} + app, false FROM generate_series(1, {SOME}) AS app
            ) AS pairs
        """)  # noqa: S608  (numbers of ours)
        cursor.execute("CREATE UNIQUE INDEX ON bench_authorization (n); ANALYZE bench_authorization")
        cursor.execute("SELECT count(*) FROM bench_authorization")
        number = cursor.fetchone()[0]
    over = "n.last AND n.p % 2 = 0"
    said = {
        "id": "n.id",
        "person_id": person("n.p"),
        "application_id": "n.app",
        "scopes": "CASE WHEN n.p % 3 = 0 THEN app.scopes || app.optional_scopes ELSE app.scopes END",
        "organizations": f"""CASE WHEN n.p % 4 = 0 THEN
            jsonb_build_array(md5('organization ' || 1 + n.p % {max(2, people // 2000)})::uuid::text) END""",
        "granted_at": f"{granted(number)}",
        "expires_at": f"{NOW} + (1 + n.n % 365) * interval '1 day'",
        "last_used_at": f"CASE WHEN n.n % 9 < 8 THEN {NOW} - (n.n % 100) * interval '1 hour' END",
        "revoked_at": f"CASE WHEN {over} THEN {NOW} - (n.n % 30) * interval '1 hour' END",
        "revoked_by": f"CASE WHEN {over} THEN {person('n.p')}::text ELSE '' END",
        "reason": f"CASE WHEN {over} THEN 'revoked' ELSE '' END",
        "address": "'198.51.' || n.p % 100 || '.' || n.n % 250",
        "user_agent": "'Mozilla/5.0 (X11; Linux x86_64) Firefox/' || 100 + n.p % 40",
    }
    with indexes_aside(Authorization, step):
        _in_chunks(Authorization, said, number, step, "JOIN oauthapps_application AS app ON app.id = n.app")


def granted(number: int) -> str:
    """Over a year, in the order of the rows."""
    return f"{NOW} - interval '365 days' + n.n * (interval '364 days' / {number})"


def _connections(number: int, step: Step) -> None:
    """Two of each authorization; of those that were revoked they are over."""
    over = "n.last AND n.p % 2 = 0"
    said = {
        "id": "md5(n.id::text || turn)::uuid",
        "authorization_id": "n.id",
        "scopes": "app.scopes",
        "refresh_digest": "md5(n.n::text || turn) || md5(turn || n.n::text)",
        "created_at": f"{granted(number)} + turn * interval '1 hour'",
        "last_used_at": f"{NOW} - (n.n % 100) * interval '1 hour'",
        "expires_at": f"{NOW} + (1 + n.n % 90) * interval '1 day'",
        "revoked_at": f"CASE WHEN {over} THEN {NOW} - (n.n % 30) * interval '1 hour' END",
        "reason": f"CASE WHEN {over} THEN 'revoked' ELSE '' END",
        "address": "'198.51.' || n.p % 100 || '.' || n.n % 250",
        "user_agent": "'Service/' || turn || '.0'",
        "told": "true",
    }
    more = "JOIN oauthapps_application AS app ON app.id = n.app, generate_series(1, 2) AS turn"
    with indexes_aside(Connection, step):
        _in_chunks(Connection, said, number, step, more, times=2)


def _usage(step: Step) -> None:
    """What a quarter did on a few days of the last month."""
    said = {
        "authorization_id": "n.id",
        "day": "current_date - (n.n % 10 + day)::int",
        "facet": "'endpoint'",
        "value": "'api'",
        "calls": "1 + n.n % 50",
    }
    with step("use of a quarter"), indexes_aside(AuthorizationUsage):
        fill(AuthorizationUsage, said, "bench_authorization AS n, generate_series(0, 14, 7) AS day WHERE n.n % 4 = 0")


EVENTS = (  # what happens in the year of an authorization
    ("authorization.granted", """jsonb_build_object('scopes', app.scopes)"""),
    ("connection.created", "'{}'::jsonb"),
    ("token.refreshed", "'{}'::jsonb"),
    ("token.refreshed", "'{}'::jsonb"),
    ("person.signed_in", "'{}'::jsonb"),
)


EACH_YEAR = len(EVENTS)


def _events(number: int, step: Step) -> None:
    """Five of each authorization, in the order of time. The table has its triggers: it was filled like any other."""
    names = "(ARRAY['" + "','".join(name for name, _ in EVENTS) + "'])[turn]"
    details = " ".join(f"WHEN {turn} THEN {detail}" for turn, (_, detail) in enumerate(EVENTS, 1))
    said = {
        "at": f"{granted(number)} + turn * interval '1 second'",
        "name": names,
        "actor_id": f"{person('n.p')}::text",
        "actor_name": "'Person ' || to_char(n.p, 'FM0000000')",
        "person_id": f"{person('n.p')}::text",
        "person_name": "'Person ' || to_char(n.p, 'FM0000000')",
        "app_id": "CASE WHEN turn = 5 THEN '' ELSE app.client_id END",
        "app_name": "CASE WHEN turn = 5 THEN '' ELSE app.name END",
        "subject_type": "CASE WHEN turn = 5 THEN '' ELSE 'authorization' END",
        "subject_id": "CASE WHEN turn = 5 THEN '' ELSE n.id::text END",
        "address": "'198.51.' || n.p % 100 || '.' || n.n % 250",
        "user_agent": "'Mozilla/5.0 (X11; Linux x86_64) Firefox/' || 100 + n.p % 40",
        "request_id": "md5(n.n::text || turn)",
        "detail": f"CASE turn {details} END",
    }
    more = f"JOIN oauthapps_application AS app ON app.id = n.app, generate_series(1, {EACH_YEAR}) AS turn"
    with indexes_aside(Event, step):
        _in_chunks(Event, said, number, step, more, times=EACH_YEAR, order=", turn")


def _in_chunks(
    model: type[models.Model],
    said: Mapping[str, str],
    number: int,
    step: Step,
    more: str,
    times: int = 1,
    order: str = "",
) -> None:
    size, done = CHUNK // times, 0
    for first in range(1, number + 1, size):
        last = min(number, first + size - 1)
        done += (last - first + 1) * times
        with step(f"{done:,} of {number * times:,} {model._meta.verbose_name_plural}"):
            fill(
                model,
                said,
                f"(SELECT * FROM bench_authorization WHERE n BETWEEN {first} AND {last} ORDER BY n) AS n {more} ORDER BY n.n{order}",  # noqa: S608
            )


@contextmanager
def indexes_aside(model: type[models.Model], step: Step | None = None) -> Iterator[None]:
    """Those that no constraint needs: to make them at once is quicker than row by row."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT indexdef, quote_ident(indexname) FROM pg_indexes WHERE schemaname = 'public' AND tablename = %s
            AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass)
            """,
            [model._meta.db_table, model._meta.db_table],
        )
        found = cursor.fetchall()
        for _, name in found:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for statement, name in found:
            if step is None:
                cursor.execute(statement)
                continue
            with step(f"  index {name}"):
                cursor.execute(statement)
