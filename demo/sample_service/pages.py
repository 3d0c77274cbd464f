"""The pages and buttons. A button does its work, keeps what came of it, and leads back to the dashboard."""

from datetime import UTC, datetime
from typing import cast

import requests
from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for

from demo.sample_service.calls import call_the_api, call_the_reports
from demo.sample_service.config import Config
from demo.sample_service.connection import Connection, RefreshOutcome
from demo.sample_service.legacy import LegacyModel
from demo.sample_service.problems import Problem, Refused, unknown_attempt
from demo.sample_service.standard import StandardModel
from demo.sample_service.visits import Visits

pages = Blueprint("pages", __name__)

MODEL = "/<any(standard, legacy):model>"
# How the two models say that a refresh token is good for nothing any more.
ENDED = {"invalid_grant", "invalidrefreshtoken", "authorizationnotfound", "authorizationgrantexpired"}


class NotConnected(Exception):
    pass


@pages.get("/")
def home() -> str:
    visit = visits().current()
    return render_template("home.html", connections=visit.connections, notice=visit.take_notice())


@pages.post(f"{MODEL}/connect")
def connect(model: str) -> Response:
    url, attempt = model_named(model).begin()
    visit = visits().current()
    visit.remember(attempt)
    visits().keep(visit)
    return to(url)


@pages.get(f"{MODEL}/callback")
def callback(model: str) -> Response:
    visit = visits().current()
    attempt = visit.take(model, request.args.get("state", ""))
    if attempt is None:
        raise unknown_attempt()
    connection = model_named(model).finish(attempt, request.args.to_dict())
    call_the_api(config(), connection)
    visit.connections[model] = connection
    visits().keep(visit)
    return to(url_for("pages.dashboard", model=model))


@pages.get(f"{MODEL}/")
def dashboard(model: str) -> str:
    connection = connection_of(model)
    return render_template("dashboard.html", connection=connection, now=datetime.now(UTC))


@pages.post(f"{MODEL}/call-api")
def call_api(model: str) -> Response:
    call_the_api(config(), connection_of(model))
    return to(url_for("pages.dashboard", model=model))


@pages.post(f"{MODEL}/call-reports")
def call_reports(model: str) -> Response:
    call_the_reports(config(), connection_of(model))
    return to(url_for("pages.dashboard", model=model))


@pages.post(f"{MODEL}/refresh-token")
def refresh_token(model: str) -> Response:
    connection = connection_of(model)
    connection.refresh = outcome = refresh(connection)
    if outcome.status == 200:
        connection.over = False
    elif outcome.error.lower() in ENDED:
        connection.over = True
    return to(url_for("pages.dashboard", model=model))


@pages.post(f"{MODEL}/disconnect")
def disconnect(model: str) -> Response:
    visit = visits().current()
    connection = visit.connections.pop(model, None)
    if connection is None:
        raise NotConnected
    try:
        visit.notice = model_named(model).disconnect(connection)
    except (Problem, requests.RequestException):
        visit.notice = "Forgotten here, but we could not tell the portal: please revoke our access there."
    return to(url_for("pages.home"))


def refresh(connection: Connection) -> RefreshOutcome:
    at = datetime.now(UTC)
    if "refresh_token" not in connection.token:
        return RefreshOutcome(at, None, "no_refresh_token", "We were not given a refresh token.")
    try:
        model_named(connection.model).refresh(connection)
    except Refused as refused:
        return RefreshOutcome(at, refused.answered, refused.code, refused.description)
    except Problem as problem:
        return RefreshOutcome(at, None, problem.code, problem.explanation)
    except requests.RequestException:
        return RefreshOutcome(at, None, "portal_unreachable", "We could not reach the portal.")
    return RefreshOutcome(at, 200)


def connection_of(model: str) -> Connection:
    connection = visits().current().connections.get(model)
    if connection is None:
        raise NotConnected
    return connection


def model_named(name: str) -> StandardModel | LegacyModel:
    return StandardModel(config()) if name == StandardModel.name else LegacyModel(config())


def to(url: str) -> Response:
    """303: after a button, the browser asks for the next page with GET."""
    return cast(Response, redirect(url, 303))


def config() -> Config:
    return cast(Config, current_app.extensions["contoso_config"])


def visits() -> Visits:
    return cast(Visits, current_app.extensions["contoso_visits"])
