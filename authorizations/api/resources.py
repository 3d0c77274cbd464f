"""The one registry of REST resources: what clients find in the handshake, and which versions each of them speaks.

To add a resource:
1. Write its views in a router of this package, with paths in lower case (`{organization}/_apis/tokens/pats`), and
   include the router in `routes.py`. Values in a path reach a view as they were written, in their own case.
2. Add a `Resource` to `RESOURCES` below. `template` is the path as clients know it; parameters at its end may be
   left out, so one entry serves a list and its items. Leave `released` empty for what is preview only: calls then
   need `-preview` in their api-version. Use the id that existing SDKs know, or `own_id` when there is none.
3. Call `check_version(request)` in each view, after `admit`: it finds the resource by the route of the request.

A route without an entry fails on its first call and in `tests/api/test_registry.py`, an entry without a route there.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

OLDEST, NEWEST, RELEASED = (1, 0), (7, 2), (7, 1)


def own_id(area: str, name: str) -> str:
    """For resources that no SDK knows by an id."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:gatehouse:{area}/{name}".lower()))


@dataclass(frozen=True)
class Resource:
    """`at_root`: at /_apis. `in_organization`: at /{organization}/_apis. `version` is the newest of N in -preview.N."""

    id: str
    area: str
    name: str
    template: str = "_apis/{area}/{resource}"
    version: int = 1
    released: tuple[int, int] | None = None
    at_root: bool = False
    in_organization: bool = True
    versioned: bool = True  # False: also answers calls that name no api-version

    @property
    def path(self) -> str:
        """The template with the names in it, in the case in which clients write them."""
        return self.template.replace("{area}", self.area).replace("{resource}", self.name)

    def routes(self) -> Iterator[str]:
        """All that this resource may be routed as, in the form of `shape`."""
        whole = shape(self.path)
        ends = [whole]
        while ends[-1].endswith("/{}"):
            ends.append(ends[-1].removesuffix("/{}"))
        for each in ends:
            if self.at_root:
                yield each
            if self.in_organization:
                yield "{}/" + each


def shape(route: str) -> str:
    """A route or template without the names of its parameters: what routes and templates are compared by."""
    return re.sub(r"[{<][^}>]*[}>]", "{}", route).strip("/").lower()


def _delegatedauth(id: str, name: str, parameter: str) -> Resource:
    template = f"_apis/{{area}}/{{resource}}/{{{parameter}}}"
    return Resource(
        id, "DelegatedAuth", name, template, version=2, released=RELEASED, at_root=True, in_organization=False
    )


RESOURCES: tuple[Resource, ...] = (
    Resource(
        "00d9565f-ed9c-4a06-9a50-00e7896ccab4",
        "Location",
        "ConnectionData",
        "_apis/{resource}",
        at_root=True,
        versioned=False,
    ),
    Resource(
        "e81700f7-3be2-46de-8624-2eb35882fcaa",
        "Location",
        "ResourceAreas",
        "_apis/{resource}/{areaId}",
        at_root=True,
        versioned=False,
    ),
    Resource(
        "f83735dc-483f-4238-a291-d45f6080a9af",
        "Profile",
        "Profiles",
        "_apis/{area}/{resource}/{id}",
        version=3,
        released=RELEASED,
        at_root=True,
    ),
    Resource(
        "229a6a53-b428-4ffb-a835-e8f36b5b4b1e",
        "Account",
        "Accounts",
        "_apis/{resource}",
        released=RELEASED,
        at_root=True,
    ),
    Resource(
        "603fe2ac-9723-48b9-88ad-09305aa6c6e1",
        "Core",
        "Projects",
        "_apis/{resource}/{projectId}",
        version=4,
        released=RELEASED,
    ),
    _delegatedauth("efbf6e0c-1150-43fd-b869-7e2b04fc0d09", "Authorizations", "userId"),
    _delegatedauth("909cd090-3005-480d-a1b4-220b76cb0afe", "Registration", "registrationId"),
    _delegatedauth("f37e5023-dfbe-490e-9e40-7b7fb6b67887", "RegistrationSecret", "registrationId"),
    Resource(own_id("Tokens", "Pats"), "Tokens", "Pats"),
    Resource(
        "af68438b-ed04-4407-9eb6-f1dbae3f922e",
        "TokenAdmin",
        "PersonalAccessTokens",
        "_apis/{area}/{resource}/{subjectDescriptor}",
    ),
    Resource("a9c08b2c-5466-4e22-8626-1ff304ffdf0f", "TokenAdmin", "Revocations"),
    Resource("ee4afb16-e7ab-4ed8-9d4b-4ef3e78f97e4", "TokenAdmin", "RevocationRules"),
    Resource("6fa30b9a-9558-4e3b-a95f-a12572caa6e6", "Audit", "Actions", at_root=True),
    Resource("4e5fa14f-7097-4b73-9c85-00abc7353c61", "Audit", "AuditLog"),
    Resource("b7b98a76-04e8-4f4d-ac72-9d46492caaac", "Audit", "DownloadLog"),
    Resource(
        own_id("OrganizationPolicy", "Policies"),
        "OrganizationPolicy",
        "Policies",
        "_apis/{area}/{resource}/{policyName}",
    ),
)
BY_ROUTE = {route: resource for resource in RESOURCES for route in resource.routes()}


def of_route(route: str) -> Resource:
    """Raises LookupError for a route that nobody registered."""
    found = BY_ROUTE.get(shape(route))
    if found is None:
        raise LookupError(f"{route} is in no Resource: add one to authorizations/api/resources.py.")
    return found


# The ids of the areas whose clients ask for the address of an area before anything else.
AREAS = {
    "Account": "0d55247a-1c47-4462-9b1f-5e2125590ee6",
    "Audit": "94ff054d-5ee1-413d-9341-3f4a7827de2e",
    "Core": "79134c72-4a58-4b42-976c-04e7115f32bf",
    "DelegatedAuth": "a0848fa1-3593-4aec-949c-694c73f4c4ce",
    "Profile": "8ccfef3d-2b87-4e99-8ccb-66e343d2daa8",
    "TokenAdmin": "af68438b-ed04-4407-9eb6-f1dbae3f922e",
}
