"""What members of an organization have of the preview features unless they choose otherwise."""

from datetime import datetime

from django.db import transaction

from accounts import previews
from accounts.models import Organization, OrganizationPreview, User
from accounts.services.standing import lock_for


@transaction.atomic
def set_default(organization: Organization, feature: str, enabled: bool, *, by: User, now: datetime) -> bool:
    """KeyError for a feature there is not. Raises Refused. False when it was so already."""
    row, known = lock_for(organization, by), previews.FEATURES[feature]
    before = OrganizationPreview.objects.filter(organization=row, feature=known.key, enabled=True).exists()
    if before == enabled:
        return False
    OrganizationPreview.objects.update_or_create(organization=row, feature=known.key, defaults={"enabled": enabled})
    previews.record_organization(row, by=by, now=now)
    return True
