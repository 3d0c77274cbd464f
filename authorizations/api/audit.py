"""The audit of an organization over REST: the log page by page, as a file, and what there is to audit."""

from datetime import UTC, datetime
from typing import Any

from django.core import signing
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from ninja import Router

from authorizations.api.access import Placed, admit, admit_in
from authorizations.api.audit_shapes import AuditAction, AuditLog
from authorizations.api.described import CONTINUATION, FLAG, WHOLE, Listed, Query, described
from authorizations.api.errors import ApiError, invalid
from authorizations.api.paging import number
from authorizations.api.versions import check_version
from authorizations.audit import reading
from authorizations.audit.entries import entry
from authorizations.audit.files import FORMATS
from authorizations.audit.reading import Filters, Key
from authorizations.audit.words import ACTIONS
from authorizations.services import auditing

SCOPE, SALT = "vso.auditlog", "gatehouse.audit"
USUAL, MOST = 200, 1000
FILE = "application/octet-stream"  # what the SDKs of the systems before us ask for
router = Router()


START = Query("startTime", "What happened from this instant on.", {"type": "string", "format": "date-time"})
END = Query("endTime", "What happened before this instant.", {"type": "string", "format": "date-time"})
SIZE = Query("batchSize", "At most so many; 200 when it is not said.", WHOLE | {"minimum": 1, "maximum": MOST})
FORMAT = Query("format", "What the file is.", {"type": "string", "enum": sorted(FORMATS)}, required=True)
AREA = Query("areaName", "The actions of one area alone.")


@router.get("{organization}/_apis/audit/auditlog")
@described(
    SCOPE,
    query=[START, END, SIZE, CONTINUATION, Query("skipAggregation", "Nothing is put together here.", FLAG)],
    gives=AuditLog,
)
def log(request: HttpRequest, organization: str) -> dict[str, Any]:
    """What happened in the organization, newest first."""
    placed, filters, _now = _asked(request, organization)
    _flag(request, "skipAggregation")  # nothing is put together here, so nothing is to be skipped
    size = number(request, "batchSize", USUAL)
    if not 1 <= size <= MOST:
        raise invalid(f"batchSize must be from 1 to {MOST}.")
    window = [str(placed.organization.pk), request.GET.get("startTime", ""), request.GET.get("endTime", "")]
    before = _place(request.GET.get("continuationToken", ""), window)
    rows, following = reading.page(placed.organization, filters, before, size)
    token = signing.dumps([*window, str(following)], salt=SALT) if following else None
    return {
        "decoratedAuditLogEntries": [entry(event) for event in rows],
        "continuationToken": token,
        "hasMore": following is not None,
    }


@router.get("{organization}/_apis/audit/downloadlog")
@described(SCOPE, query=[FORMAT, START, END], gives=bytes, gives_kind=FILE)
def download(request: HttpRequest, organization: str) -> Any:
    """The same as a file, written while it is read. That it was taken away is in the audit."""
    placed, filters, now = _asked(request, organization)
    how = request.GET.get("format", "").lower()
    if how not in FORMATS:
        raise invalid(f"format must be one of: {', '.join(sorted(FORMATS))}.")
    found, _kind = auditing.download(placed.organization, filters, how, by=placed.access.person, now=now)
    response = StreamingHttpResponse(found, content_type=FILE)
    response["Content-Disposition"] = f'attachment; filename="audit-{placed.organization.slug}.{how}"'
    return response


@router.get("_apis/audit/actions")
@described(SCOPE, query=[AREA], gives=Listed[AuditAction])
def actions_everywhere(request: HttpRequest) -> dict[str, Any]:
    """What there is to audit."""
    admit(request, timezone.now(), SCOPE)
    return _actions(request)


@router.get("{organization}/_apis/audit/actions")
@described(SCOPE, query=[AREA], gives=Listed[AuditAction])
def actions(request: HttpRequest, organization: str) -> dict[str, Any]:
    """What there is to audit in an organization."""
    admit_in(request, timezone.now(), organization, SCOPE, administrator=True)
    return _actions(request)


def _actions(request: HttpRequest) -> dict[str, Any]:
    check_version(request)
    area = request.GET.get("areaName", "").lower()
    found = [
        {"actionId": action.id_of(kind), "area": action.area, "category": action.category}
        for kind, action in ACTIONS.items()
        if not area or action.area.lower() == area
    ]
    return {"count": len(found), "value": found}


def _asked(request: HttpRequest, organization: str) -> tuple[Placed, Filters, datetime]:
    """Raises ApiError."""
    now = timezone.now()
    placed = admit_in(request, now, organization, SCOPE, administrator=True)
    check_version(request)
    since, until = _instant(request, "startTime"), _instant(request, "endTime")
    if since and until and since > until:
        raise invalid("startTime must not be after endTime.")
    return placed, Filters(since=since, until=until), now


def _instant(request: HttpRequest, name: str) -> datetime | None:
    """Raises ApiError 400."""
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        found = None
    if found is None:
        raise invalid(f"{name} must be an instant like 2026-01-31T12:00:00Z.")
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError as error:
        raise invalid(f"{name} is out of range.") from error


def _flag(request: HttpRequest, name: str) -> bool:
    """Raises ApiError 400."""
    text = request.GET.get(name, "false").lower()
    if text not in {"true", "false"}:
        raise invalid(f"{name} must be true or false.")
    return text == "true"


def _place(token: str, window: list[str]) -> Key | None:
    """Only a token that this list gave, for this organization and this time. Raises ApiError 400."""
    if not token:
        return None
    try:
        *asked, key = signing.loads(token[:2000], salt=SALT)
        found = reading.read_key(key) if asked == window else None
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise _foreign() from error
    if found is None:
        raise _foreign()
    return found


def _foreign() -> ApiError:
    return invalid("continuationToken is not one that this list gave. Send it unchanged, with the same times.")
