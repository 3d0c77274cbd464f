"""The calls Contoso makes with its bearer token. They never raise: a silent server is an answer worth showing too."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import requests

from demo.sample_service.config import Config
from demo.sample_service.connection import Answer, Connection
from demo.sample_service.transport import PortalSession, json_body, shown_headers


def call_the_api(config: Config, connection: Connection) -> None:
    api = f"{config.portal}/_apis"
    myself = get(connection, "Who we act for", f"{api}/connectionData?api-version=7.1-preview.1")
    connection.answers = [myself]
    draw_conclusion(connection, myself.status)
    if myself.ok:
        user = authenticated_user(myself.body)
        connection.name_from_api = str(user.get("providerDisplayName") or connection.name_from_api)
        accounts = f"{api}/accounts?memberId={quote(str(user.get('id', '')), safe='')}&api-version=7.1"
        organizations = get(connection, "Organizations", accounts)
        connection.answers += [
            get(connection, "Profile", f"{api}/profile/profiles/me?api-version=7.1"),
            organizations,
            *projects(config, connection, first_organization(organizations.body)),
        ]


def projects(config: Config, connection: Connection, organization: str | None) -> list[Answer]:
    if organization is None:
        return []
    url = f"{config.portal}/{quote(organization, safe='')}/_apis/projects?api-version=7.1"
    return [get(connection, f"Projects of {organization}", url)]


def call_the_reports(config: Config, connection: Connection) -> None:
    connection.reports = get(connection, "Reports", f"{config.resource_server}/reports")
    draw_conclusion(connection, connection.reports.status)


def draw_conclusion(connection: Connection, status: int | None) -> None:
    """A 401 for a token whose time is not over means that somebody took the access back."""
    if status == 200:
        connection.over = False
    elif status == 401 and not connection.ran_out(datetime.now(UTC)):
        connection.over = True


def get(connection: Connection, title: str, url: str) -> Answer:
    # Only the token itself: knowing the expiry, authlib would not send it, and what the server says is the point here.
    # Some legacy servers call the type "jwt-bearer"; the header is the same.
    token = {"access_token": connection.token["access_token"], "token_type": "bearer"}
    at = datetime.now(UTC)
    try:
        with PortalSession(token=token) as session:
            response = session.get(url, allow_redirects=False, headers={"Accept": "application/json"})
    except requests.RequestException:
        return Answer(title, url, at, None, {}, "Nobody answered at this address.")
    body = json_body(response)
    if body is None:
        body = f"The answer is not JSON ({len(response.content)} bytes)."
    return Answer(title, url, at, response.status_code, shown_headers(response), body)


def authenticated_user(body: Any) -> dict[str, Any]:
    user = body.get("authenticatedUser") if isinstance(body, dict) else None
    return user if isinstance(user, dict) else {}


def first_organization(body: Any) -> str | None:
    organizations = body.get("value") if isinstance(body, dict) else None
    if not isinstance(organizations, list) or not organizations or not isinstance(organizations[0], dict):
        return None
    name = organizations[0].get("accountName")
    return name if isinstance(name, str) else None
