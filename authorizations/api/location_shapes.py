"""The JSON of the location service, which clients read before everything else."""

import uuid
from typing import Any, NotRequired

from django.conf import settings
from typing_extensions import TypedDict

from accounts.models import Organization, User
from authorizations.api.handshake import location, offered
from authorizations.api.resources import Resource
from authorizations.api.shapes import INSTANCE, descriptor

LAST_CHANGE = 1  # what is where changes with the code alone
MAPPING = "PublicAccessMapping"
SECONDS_FRESH = 3600


class Identity(TypedDict):
    id: str
    descriptor: str
    subjectDescriptor: str
    providerDisplayName: str
    isActive: bool
    isContainer: bool
    members: list[str]
    memberOf: list[str]
    memberIds: list[str]
    resourceVersion: int
    metaTypeId: int
    properties: dict[str, Any]


class AccessMapping(TypedDict):
    displayName: str
    moniker: str
    accessPoint: str
    serviceOwner: str
    virtualDirectory: str


class ServiceDefinition(TypedDict):
    """A resource, as the clients of the location service know it."""

    serviceType: str
    identifier: str
    displayName: str
    relativeToSetting: str
    relativePath: str
    serviceOwner: str
    status: str
    toolId: str
    resourceVersion: int
    minVersion: str
    maxVersion: str
    releasedVersion: str


class LocationServiceData(TypedDict):
    serviceOwner: str
    defaultAccessMappingMoniker: str
    lastChangeId: int
    lastChangeId64: int
    accessMappings: NotRequired[list[AccessMapping]]
    clientCacheFresh: NotRequired[bool]
    clientCacheTimeToLive: NotRequired[int]
    serviceDefinitions: NotRequired[list[ServiceDefinition]]


class ConnectionData(TypedDict):
    authenticatedUser: Identity
    authorizedUser: Identity
    instanceId: str
    deploymentId: str
    deploymentType: str
    webApplicationRelativeDirectory: str
    locationServiceData: LocationServiceData


class ResourceArea(TypedDict):
    id: str
    name: str
    locationUrl: str


def connection_data(person: User, organization: Organization | None, *, services: bool, fresh: bool) -> ConnectionData:
    return {
        "authenticatedUser": identity(person),
        "authorizedUser": identity(person),
        "instanceId": str(organization.pk if organization else INSTANCE),
        "deploymentId": str(INSTANCE),
        "deploymentType": "hosted",
        "webApplicationRelativeDirectory": f"/{organization.slug}/" if organization else "/",
        "locationServiceData": _services(organization, services=services, fresh=fresh),
    }


def identity(person: User) -> Identity:
    return {
        "id": str(person.pk),
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{person.tenant_id}\\{person.principal_name}",
        "subjectDescriptor": descriptor(person),
        "providerDisplayName": person.display_name,
        "isActive": person.is_active,
        "isContainer": False,
        "members": [],
        "memberOf": [],
        "memberIds": [],
        "resourceVersion": 2,
        "metaTypeId": 0,
        "properties": {"Account": {"$type": "System.String", "$value": person.principal_name}},
    }


def _services(organization: Organization | None, *, services: bool, fresh: bool) -> LocationServiceData:
    said: LocationServiceData = {
        "serviceOwner": str(INSTANCE),
        "defaultAccessMappingMoniker": MAPPING,
        "lastChangeId": LAST_CHANGE,
        "lastChangeId64": LAST_CHANGE,
    }
    if services:
        said["accessMappings"] = [_mapping(organization)]
        said["clientCacheFresh"] = fresh
        said["clientCacheTimeToLive"] = SECONDS_FRESH
    if services and not fresh:
        said["serviceDefinitions"] = [_definition(r) for r in offered(in_organization=organization is not None)]
    return said


def _mapping(organization: Organization | None) -> AccessMapping:
    place = f"{organization.slug}/" if organization else ""
    return {
        "displayName": "Public Access Mapping",
        "moniker": MAPPING,
        "accessPoint": f"{settings.ISSUER}/{place}",
        "serviceOwner": str(uuid.UUID(int=0)),
        "virtualDirectory": place.rstrip("/"),
    }


def _definition(resource: Resource) -> ServiceDefinition:
    place = location(resource)
    return {
        "serviceType": resource.area,
        "identifier": resource.id,
        "displayName": resource.name,
        "relativeToSetting": "context",
        "relativePath": f"/{resource.template}",
        "serviceOwner": str(INSTANCE),
        "status": "active",
        "toolId": resource.area,
        "resourceVersion": place["resourceVersion"],
        "minVersion": str(place["minVersion"]),
        "maxVersion": str(place["maxVersion"]),
        "releasedVersion": place["releasedVersion"],
    }
