"""Who people are, where they belong, and what their organizations have decided."""

from accounts.models.invitations import OrganizationInvitation
from accounts.models.organizations import AccessLevel, Membership, Organization, Project
from accounts.models.people import PERSONAL_TENANT, User, UserManager
from accounts.models.policies import PolicyChange
from accounts.models.previews import OrganizationPreview, PersonPreview

__all__ = [
    "PERSONAL_TENANT",
    "AccessLevel",
    "Membership",
    "Organization",
    "OrganizationInvitation",
    "OrganizationPreview",
    "PersonPreview",
    "PolicyChange",
    "Project",
    "User",
    "UserManager",
]
