"""Taking the audit of an organization away, which is in the audit, too."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from accounts.models import Organization, User
from authorizations.audit import reading
from authorizations.audit.files import FORMATS
from authorizations.audit.reading import Filters
from authorizations.events.kinds import Kind
from authorizations.events.log import record


@transaction.atomic
def download(
    organization: Organization, filters: Filters, how: str, *, by: User, now: datetime
) -> tuple[Iterator[bytes], str]:
    """The file and its content type. What it holds is what was there before the download was noted."""
    write, content_type = FORMATS[how]
    upto = reading.newest(organization)
    said = {"as": how, "what": filters.what, "who": filters.who, "service": filters.service}
    said |= {name: at.isoformat() for name, at in (("since", filters.since), ("until", filters.until)) if at}
    record(
        Kind.AUDIT_DOWNLOADED,
        now=now,
        actor=by,
        organization=organization,
        subject=("organization", organization.pk),
        detail={name: value for name, value in said.items() if value},
    )
    return write(reading.everything(organization, filters, upto)), content_type
