"""The JSON that existing clients read (04-wire-contracts.md)."""

import base64
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import Organization, Project, User

INSTANCE = uuid.uuid5(uuid.NAMESPACE_URL, settings.ISSUER)


def instant(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def descriptor(person: User) -> str:
    kind = "msa" if person.is_personal else "aad"
    return f"{kind}." + base64.urlsafe_b64encode(str(person.pk).encode()).decode().rstrip("=")


def identity(person: User) -> dict[str, Any]:
    return {
        "id": str(person.pk),
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{person.tenant_id}\\{person.principal_name}",
        "subjectDescriptor": descriptor(person),
        "providerDisplayName": person.display_name,
        "isActive": person.is_active,
        "properties": {"Account": {"$type": "System.String", "$value": person.principal_name}},
    }


def connection_data(person: User) -> dict[str, Any]:
    return {
        "authenticatedUser": identity(person),
        "authorizedUser": identity(person),
        "instanceId": str(INSTANCE),
        "deploymentId": str(INSTANCE),
        "deploymentType": "hosted",
        "locationServiceData": {
            "serviceOwner": str(INSTANCE),
            "defaultAccessMappingMoniker": "PublicAccessMapping",
            "lastChangeId": 1,
            "lastChangeId64": 1,
        },
    }


def profile(person: User) -> dict[str, Any]:
    return {
        "displayName": person.display_name,
        "publicAlias": str(person.pk),
        "emailAddress": person.email,
        "coreRevision": 1,
        "timeStamp": instant(person.created_at),
        "id": str(person.pk),
        "revision": 1,
    }


def account(organization: Organization, issuer: str) -> dict[str, Any]:
    return {
        "accountId": str(organization.pk),
        "accountName": organization.slug,
        "accountUri": f"{issuer}/{organization.slug}/",
        "properties": {},
    }


def project(found: Project, organization: Organization, issuer: str) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "name": found.name,
        "description": found.description,
        "url": f"{issuer}/{organization.slug}/_apis/projects/{found.pk}",
        "state": "wellFormed",
        "revision": found.revision,
        "visibility": "private",
        "lastUpdateTime": instant(found.updated_at),
    }
