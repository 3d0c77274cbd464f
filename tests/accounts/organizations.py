"""What the tests of organizations share."""

import re
from typing import Any

from accounts.models import Membership, Organization, User
from accounts.services.members import Rights

S = "/contoso/_settings"


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def rights(organization: Organization, person: User) -> Rights:
    return Rights.of(Membership.objects.get(organization=organization, person=person))


def is_member(organization: Organization, person: User) -> bool:
    return Membership.objects.filter(organization=organization, person=person).exists()
