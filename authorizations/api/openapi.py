"""The OpenAPI 3.1 document: the routes, the registry and what stands beside each view, put together."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NotRequired

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from authorizations.api.described import EXTRA, Described
from authorizations.api.resources import RELEASED, Resource, of_route
from authorizations.api.routes import api
from authorizations.api.versions import written
from oauthapps.scopes import CATALOGUE

ADDRESS = "_apis/openapi.json"
PLACE = "#/components/schemas/{model}"
# What any call may be answered with, and what it says then.
ALWAYS = {
    400: "The request is wrong: the message says what.",
    401: "No token, or one that is not in force.",
    403: "The token or its person may not do this; helpLink explains it to a person.",
    429: "Too many calls: wait for Retry-After seconds.",
    503: "The legacy model is paused, or the portal changes or issues nothing for now: wait for Retry-After seconds.",
}
SOMETIMES = {
    404: "It is not there, or not yours to see.",
    409: "Somebody else was quicker, or what was asked for is there already.",
    412: "It changed since it was read (If-Match).",
    413: "The body is too large.",
    415: "The body is of another kind.",
}

Error = TypedDict(
    "Error",
    {
        "$id": str,
        "innerException": None,
        "message": str,
        "helpLink": NotRequired[str],
        "typeName": str,
        "typeKey": str,
        "errorCode": int,
        "eventId": int,
    },
)


@dataclass(frozen=True)
class Operation:
    """`path` as clients write it, from the root."""

    method: str
    path: str
    summary: str
    resource: Resource
    said: Described

    @property
    def id(self) -> str:
        place = self.path.replace("{", "By_").replace("}", "").replace("/", "_").replace("_apis_", "").strip("_")
        return f"{self.method}_{place}"

    @property
    def parameters(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]


@cache
def operations() -> tuple[Operation, ...]:
    """Raises LookupError for a route without a resource, or a view that nothing is said of."""
    return tuple(sorted(_all(), key=lambda o: (o.resource.area, o.path, o.method)))


def _all() -> Iterator[Operation]:
    for route, methods in api.get_openapi_schema(path_prefix="")["paths"].items():
        resource = of_route(route)
        for method, details in methods.items():
            if EXTRA not in details:
                raise LookupError(f"{method} {route} has no @described (authorizations/api/described.py).")
            summary = details.get("description", "").strip().partition("\n")[0]
            yield Operation(method, _path(route, resource), summary, resource, details[EXTRA])


def _path(route: str, resource: Resource) -> str:
    """The template in the case of its clients, as long as the route is."""
    parts = route.strip("/").split("/")
    before = parts[: parts.index("_apis")]
    return "/" + "/".join(before + resource.path.split("/")[: len(parts) - len(before)])


@cache
def document() -> dict[str, Any]:
    """The document without its servers: those are settings, and may change between tests."""
    types = {kind: adapter for o in operations() for kind, adapter in _types(o.said)}
    adapters = [
        (index, "serialization", adapter) for index, adapter in enumerate([TypeAdapter(Error), *types.values()])
    ]
    schemas, shared = TypeAdapter.json_schemas(adapters, ref_template=PLACE)  # type: ignore[arg-type]
    of_type = {kind: schemas[index + 1, "serialization"] for index, kind in enumerate(types)}  # type: ignore[index]
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations():
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, of_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gatehouse REST API", "version": written(RELEASED), "description": ABOUT},
        "paths": paths,
        "components": {"schemas": shared.get("$defs", {}), "securitySchemes": _schemes()},
    }


ABOUT = (
    "Paths and names of parameters are matched without regard to case. Clients find resources and their versions by "
    "OPTIONS on /_apis or /_apis/{area}, also below an organization. HEAD answers like GET, without the body."
)


def _types(said: Described) -> Iterator[tuple[str, Any]]:
    for kind in (said.takes, said.gives):
        if kind is not None:
            yield str(kind), TypeAdapter(kind)


def _operation(operation: Operation, of_type: dict[str, Any]) -> dict[str, Any]:
    said = operation.said
    shown: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.resource.area],
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "security": _security(said),
        "responses": _answers(operation, of_type),
    }
    if said.takes is not None:
        content = {said.takes_kind: {"schema": of_type[str(said.takes)]}}
        shown["requestBody"] = {"required": True, "content": content}
    return shown


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in operation.parameters]
    in_query = [
        {"name": q.name, "in": "query", "required": q.required, "description": q.sentence, "schema": q.schema}
        for q in operation.said.query
    ]
    return in_path + in_query + [_version(operation.resource)]


def versions(resource: Resource) -> list[str]:
    preview = f"{written(RELEASED)}-preview.{resource.version}"
    return [written(resource.released), preview] if resource.released else [preview]


def _version(resource: Resource) -> dict[str, Any]:
    return {
        "name": "api-version",
        "in": "query",
        "required": resource.versioned,
        "description": "Or in the Accept header: application/json;api-version=... Versions from 1.0 on are taken.",
        "schema": {"type": "string", "enum": versions(resource)},
    }


def _security(said: Described) -> list[dict[str, list[str]]]:
    scopes = [said.scope] if said.scope else []
    return [{"OAuth2": scopes}] + ([{"PersonalAccessToken": []}] if said.personal else [])


def _answers(operation: Operation, of_type: dict[str, Any]) -> dict[str, Any]:
    said = operation.said
    good: dict[str, Any] = {"description": "As asked for."}
    if said.gives is not None:
        good["content"] = {said.gives_kind: {"schema": of_type[str(said.gives)]}}
    if said.headers:
        good["headers"] = {n: {"description": d, "schema": {"type": "string"}} for n, d in said.headers.items()}
    return {str(said.status): good} | {str(s): _refusal(sentence) for s, sentence in refusals(operation).items()}


def refusals(operation: Operation) -> dict[int, str]:
    more = set(operation.said.also)
    if set(operation.parameters) - {"organization"}:
        more.add(404)
    if operation.said.takes is not None:
        more |= {413, 415}
    return ALWAYS | {status: SOMETIMES[status] for status in sorted(more)}


def _refusal(sentence: str) -> dict[str, Any]:
    return {"description": sentence, "content": {"application/json": {"schema": {"$ref": PLACE.format(model="Error")}}}}


def _schemes() -> dict[str, Any]:
    used = {o.said.scope for o in operations() if o.said.scope}
    flow = {
        "authorizationUrl": f"{settings.ISSUER}/oauth2/v2.0/authorize",
        "tokenUrl": f"{settings.ISSUER}/oauth2/v2.0/token",
        "scopes": {name: str(CATALOGUE[name].title) for name in sorted(used)},
    }
    personal = "A personal access token as the password, with any user name. It must carry the same permission."
    return {
        "OAuth2": {"type": "oauth2", "flows": {"authorizationCode": flow}},
        "PersonalAccessToken": {"type": "http", "scheme": "basic", "description": personal},
    }


@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    """Public, and for pages of other hosts as well: there is nothing in it about anybody."""
    said = document() | {"servers": [{"url": settings.ISSUER}]}
    headers = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
    return JsonResponse(said, headers=headers)
