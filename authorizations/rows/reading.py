"""The rows of one call, each found in one statement."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple
from uuid import UUID

from authorizations.bounded import Bounded
from authorizations.rows.database import Row, Statement
from authorizations.rows.shapes import (
    CODE,
    AppRow,
    AuthorizationRow,
    CodeRow,
    ConnectionRow,
    PersonRow,
    SecretLifeRow,
    SecretRow,
    TokenRow,
    app_row,
    instant,
    names,
)

FROM_CONNECTION = """
    authorizations_connection c
    JOIN authorizations_authorization z ON z.id = c.authorization_id
    JOIN accounts_user p ON p.id = z.person_id
    JOIN oauthapps_application a ON a.id = z.application_id
    LEFT JOIN oauthapps_applicationsecret s ON s.id = c.secret_id
"""
OF_CONNECTION = ", ".join(
    (ConnectionRow.COLUMNS, AuthorizationRow.COLUMNS, PersonRow.COLUMNS, AppRow.COLUMNS, SecretRow.COLUMNS)
)
OF_TOKEN = ", ".join(
    (TokenRow.COLUMNS, AuthorizationRow.COLUMNS, PersonRow.COLUMNS, AppRow.COLUMNS, SecretLifeRow.COLUMNS)
)
TOKEN_REVOKED = "EXISTS (SELECT 1 FROM authorizations_revokedaccesstoken r WHERE r.jti = $2)"  # noqa: S105

_of_token = Statement(f"SELECT {OF_TOKEN}, {TOKEN_REVOKED} FROM {FROM_CONNECTION} WHERE c.id = $1")  # noqa: S608
_of_token_for_caller = Statement(f"""
    SELECT {OF_TOKEN}, {TOKEN_REVOKED}, cs.digest, ca.id, ca.client_id, ca.resource_server
    FROM {FROM_CONNECTION}
    LEFT JOIN (oauthapps_applicationsecret cs JOIN oauthapps_application ca ON ca.id = cs.application_id)
      ON cs.key_id = $3 AND cs.revoked_at IS NULL AND cs.expires_at > $4
      AND ca.disabled_at IS NULL AND ca.deleted_at IS NULL
    WHERE c.id = $1
""")  # noqa: S608
# All that a decision about a client asks, as one text: whoever decided on it can see that it still says the same.
AS_SEEN = f"ROW({SecretRow.COLUMNS}, {AppRow.COLUMNS})::text"
_secret = Statement(f"""
    SELECT {SecretRow.COLUMNS}, {AppRow.COLUMNS}, {AS_SEEN}
    FROM oauthapps_applicationsecret s JOIN oauthapps_application a ON a.id = s.application_id WHERE s.key_id = $1
""")  # noqa: S608
_secrets = Statement(f"""
    SELECT {SecretRow.COLUMNS}, {AppRow.COLUMNS} FROM oauthapps_applicationsecret s
    JOIN oauthapps_application a ON a.id = s.application_id WHERE s.key_id IN ($1, $2, $3, $4)
""")  # noqa: S608
_public = Statement(f"SELECT {AppRow.COLUMNS} FROM oauthapps_application a WHERE a.client_id = $1")  # noqa: S608
_connection = Statement(f"SELECT {OF_CONNECTION} FROM {FROM_CONNECTION} WHERE c.id = $1")  # noqa: S608
_session = Statement("SELECT session_data FROM django_session WHERE session_key = $1 AND expire_date > $2")
_KNOWN = f"{AuthorizationRow.COLUMNS}, {PersonRow.COLUMNS}, {AppRow.COLUMNS}, p.password, z.declined"
_known = Statement(f"""
    SELECT {_KNOWN}
    FROM oauthapps_application a
    JOIN authorizations_authorization z ON z.application_id = a.id
    JOIN accounts_user p ON p.id = z.person_id
    WHERE a.client_id = $1 AND z.person_id = $2 AND z.revoked_at IS NULL AND (z.expires_at IS NULL OR z.expires_at > $3)
""")  # noqa: S608
_visit = Statement(f"""
    SELECT session_data, {_KNOWN} FROM django_session LEFT JOIN (
        oauthapps_application a
        JOIN authorizations_authorization z ON z.application_id = a.id
        JOIN accounts_user p ON p.id = z.person_id
    ) ON a.client_id = $3 AND z.person_id = $4 AND z.revoked_at IS NULL AND (z.expires_at IS NULL OR z.expires_at > $2)
    WHERE session_key = $1 AND expire_date > $2
""")  # noqa: S608
_code = Statement(f"""
    SELECT {CODE}, {AuthorizationRow.COLUMNS}, {PersonRow.COLUMNS}, {AppRow.COLUMNS}
    FROM authorizations_authorizationcode d
    JOIN authorizations_authorization z ON z.id = d.authorization_id
    JOIN accounts_user p ON p.id = z.person_id
    JOIN oauthapps_application a ON a.id = z.application_id
    WHERE d.digest = $1
""")  # noqa: S608


class Presented(NamedTuple):
    """What a client shows with its credentials: a code, by its digest, or a refresh token, by its connection."""

    what: Literal["code", "connection"]
    key: str


# Only what was issued to the client is found with it. Its app is the client's own, and need not be read twice.
_SHOWN = {
    "code": f"""{CODE}, {AuthorizationRow.COLUMNS}, {PersonRow.COLUMNS} FROM {{client}} LEFT JOIN (
        authorizations_authorizationcode d
        JOIN authorizations_authorization z ON z.id = d.authorization_id
        JOIN accounts_user p ON p.id = z.person_id
    ) ON d.digest = $1 AND z.application_id = a.id""",
    "connection": f"""{ConnectionRow.COLUMNS}, {AuthorizationRow.COLUMNS}, {PersonRow.COLUMNS}, {SecretRow.COLUMNS.replace("s.", "used.")}
    FROM {{client}} LEFT JOIN (
        authorizations_connection c
        JOIN authorizations_authorization z ON z.id = c.authorization_id
        JOIN accounts_user p ON p.id = z.person_id
        LEFT JOIN oauthapps_applicationsecret used ON used.id = c.secret_id
    ) ON c.id = $1 AND z.application_id = a.id""",
}
_WITH_SECRET = "oauthapps_applicationsecret s JOIN oauthapps_application a ON a.id = s.application_id"  # noqa: S105


def _shown_by(columns: str, client: str, condition: str) -> dict[str, Statement]:
    return {
        what: Statement(f"SELECT {columns}, {shown.format(client=client)} WHERE {condition}")
        for what, shown in _SHOWN.items()
    }


_by_secret = _shown_by(f"{SecretRow.COLUMNS}, {AppRow.COLUMNS}", _WITH_SECRET, "s.key_id = $2")
_by_secrets = _shown_by(f"{SecretRow.COLUMNS}, {AppRow.COLUMNS}", _WITH_SECRET, "s.key_id IN ($2, $3, $4, $5)")
_by_name = _shown_by(AppRow.COLUMNS, "oauthapps_application a", "a.client_id = $2")


def session(key: str, now: datetime) -> str:
    """What is stored of a browser session that is not over; empty for none."""
    found = _session(key, now.isoformat())
    return (found[0][0] or "") if found else ""


def known(client_id: str, person_id: str, now: datetime) -> Any:
    """The live authorization of a person for an app, with both."""
    found = _known(client_id, person_id, now.isoformat())
    return _allowed(found[0]) if found else None


def visit(key: str, client_id: str, person_id: str, now: datetime) -> tuple[str, Any]:
    """Both in one statement, for who is thought to be behind the session."""
    found = _visit(key, now.isoformat(), client_id, person_id)
    return (found[0][0] or "", _allowed(found[0][1:])) if found else ("", None)


def _allowed(row: Row) -> Any:
    if row[0] is None:
        return None
    made: Any
    made, at = _authorization(row, 0)
    made.person.password, made.declined = row[at] or "", names(row[at + 1])
    return made


def connection_of_token(connection_id: UUID | str, jti: UUID | str, caller: tuple[str, datetime] | None) -> Any:
    """`caller`: the key id of its own secret, which is found if it is one of an app that is there, and when."""
    if caller is None:
        found = _of_token(str(connection_id), str(jti))
    else:
        found = _of_token_for_caller(str(connection_id), str(jti), caller[0], caller[1].isoformat())
    if not found:
        return None
    row = found[0]
    made: Any
    made, rest = _remembered(row[:APP], app_row(row[APP:SECRET]), row[SECRET:WHOLE]).for_one_call(), row[WHOLE:]
    made.token_revoked = rest[0] == "t"
    if caller is None:
        return made
    made.caller_digest = rest[1]
    made.caller_app = int(rest[2] or 0)
    made.caller_client_id, made.caller_is_resource_server = rest[3] or "", rest[4] == "t"
    return made


def connection(connection_id: UUID) -> Any:
    found = _connection(str(connection_id))
    return _made(found[0]) if found else None


def _made(row: Sequence[str | None]) -> ConnectionRow:
    """The connection with all that it hangs on."""
    own, at = row[: ConnectionRow.WIDTH], ConnectionRow.WIDTH
    authorization, at = _authorization(row, at)
    secret = None if row[at] is None else SecretRow(row[at : at + SecretRow.WIDTH], authorization.application)
    return ConnectionRow(own, authorization, secret)


# Where what begins in the row of a token.
APP = TokenRow.WIDTH + AuthorizationRow.WIDTH + PersonRow.WIDTH
SECRET = APP + AppRow.WIDTH
WHOLE = SECRET + SecretLifeRow.WIDTH


@lru_cache(maxsize=1024)
def _remembered(row: Row, app: AppRow, secret: Row) -> TokenRow:
    """Tokens are asked about again and again. What is kept is the parsing of exactly these values, which each call reads
    anew; of what they do not hold, nothing is kept."""
    authorization, _ = _authorization(row, TokenRow.WIDTH, app)
    made = TokenRow(row[: TokenRow.WIDTH], authorization, None if secret[0] is None else SecretLifeRow(secret))
    for part in (made, made.authorization, made.authorization.person, made.secret):
        if part is not None:
            part.is_shared = True
    return made


def _authorization(row: Sequence[str | None], at: int, app: Any = None) -> tuple[AuthorizationRow, int]:
    """`app`: where it is known already, and its columns are not there."""
    own, at = row[at : at + AuthorizationRow.WIDTH], at + AuthorizationRow.WIDTH
    person, at = PersonRow(row[at : at + PersonRow.WIDTH]), at + PersonRow.WIDTH
    if app is None:
        app, at = app_row(row[at : at + AppRow.WIDTH]), at + AppRow.WIDTH
    return AuthorizationRow(own, person, app), at


def secret(key_id: str) -> Any:
    """With its app."""
    found = _secret(key_id)
    if not found:
        return None
    row, width = found[0], SecretRow.WIDTH
    made = SecretRow(row[:width], app_row(row[width : width + AppRow.WIDTH]))
    made.seen, made.is_shared = row[-1] or "", True
    _seen.keep(key_id, made)
    return made


_seen: Bounded[str, SecretRow] = Bounded(512)


def seen_secret(key_id: str) -> Any:
    """As it was read last, or None. It may have changed since: `seen` says what it was when it was read, and the statement
    that acts on it compares (`writing.issued_to_client`)."""
    return _seen.get(key_id)


def secrets(keys: list[str]) -> dict[str, Any]:
    """At most four."""
    if not keys:
        return {}
    width, found = SecretRow.WIDTH, {}
    for row in _secrets(*_four(keys)):
        made = SecretRow(row[:width], app_row(row[width : width + AppRow.WIDTH]))
        found[made.key_id] = made
    return found


def app(client_id: str) -> Any:
    found = _public(client_id)
    return app_row(found[0]) if found else None


def secrets_with(keys: list[str], shown: Presented) -> dict[str, tuple[Any, Any]]:
    """Of each key id its secret, and what was shown with it. At most four."""
    one = len(keys) == 1
    found = _by_secret[shown.what](shown.key, *keys) if one else _by_secrets[shown.what](shown.key, *_four(keys))
    width, read = SecretRow.WIDTH + AppRow.WIDTH, {}
    for row in found:
        app = app_row(row[SecretRow.WIDTH : width])
        made = SecretRow(row[: SecretRow.WIDTH], app)
        read[made.key_id] = made, _SHAPES[shown.what](row[width:], app)
    return read


def _four(keys: list[str]) -> list[str]:
    """As many as the statement has places for."""
    return [*keys, *([keys[0]] * (4 - len(keys)))]


def app_with(client_id: str, shown: Presented) -> tuple[Any, Any]:
    """A public client, and what was shown with its name."""
    found = _by_name[shown.what](shown.key, client_id)
    if not found:
        return None, None
    app = app_row(found[0][: AppRow.WIDTH])
    return app, _SHAPES[shown.what](found[0][AppRow.WIDTH :], app)


def _shown_connection(row: Row, app: Any) -> ConnectionRow | None:
    if row[0] is None:
        return None
    authorization, at = _authorization(row, ConnectionRow.WIDTH, app)
    secret = None if row[at] is None else SecretRow(row[at:], app)
    return ConnectionRow(row[: ConnectionRow.WIDTH], authorization, secret)


def code(digest: str) -> Any:
    found = _code(digest)
    return _code_row(found[0]) if found else None


def _code_row(row: Row, app: Any = None) -> CodeRow | None:
    if row[0] is None:
        return None
    authorization, _ = _authorization(row, 8, app)
    expires_at = instant(row[6])
    assert expires_at is not None  # noqa: S101  (the column holds no NULL)
    return CodeRow(
        row[0] or "",
        names(row[1]),
        row[2] or "",
        row[3] or "",
        row[4] or "",
        int(row[5]) if row[5] else None,
        expires_at,
        instant(row[7]),
        authorization,
    )


_SHAPES: dict[str, Any] = {"code": _code_row, "connection": _shown_connection}
