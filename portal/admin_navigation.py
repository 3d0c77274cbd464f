"""What stands at the left of the operations pages. A new page adds its line here."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from accounts.roles import Role, at_least


@dataclass(frozen=True)
class Link:
    """`page`: the name of its address. `icon`: one of Material Symbols. Shown from the role on."""

    title: str
    page: str
    icon: str
    role: Role = Role.AUDITOR


LOOK_UP, RECORDS, ACT, CONFIGURE, HEALTH = "Look up", "Records", "Act", "Configure", "Health"
NAVIGATION: dict[str, list[Link]] = {
    LOOK_UP: [
        Link("Overview and search", "admin:index", "dashboard"),
        Link("People", "admin:accounts_user_changelist", "person"),
        Link("Apps", "admin:oauthapps_application_changelist", "apps"),
        Link("Organizations", "admin:accounts_organization_changelist", "domain"),
        Link("Authorizations", "admin:authorizations_authorization_changelist", "verified_user"),
        Link("Events", "admin:events_event_changelist", "history"),
    ],
    RECORDS: [
        Link("Connections", "admin:authorizations_connection_changelist", "cable"),
        Link("Secrets", "admin:oauthapps_applicationsecret_changelist", "password"),
        Link("Personal tokens", "admin:authorizations_personalaccesstoken_changelist", "key_vertical"),
        Link("Receipts", "admin:authorizations_receipt_changelist", "receipt_long"),
        Link("Notices", "admin:notifications_notice_changelist", "notifications"),
        Link("Memberships", "admin:accounts_membership_changelist", "group"),
        Link("Projects", "admin:accounts_project_changelist", "folder"),
        Link("Invitations", "admin:accounts_organizationinvitation_changelist", "mail"),
        Link("Changes of policies", "admin:accounts_policychange_changelist", "rule"),
        Link("Decided services", "admin:authorizations_serviceruling_changelist", "gavel"),
        Link("Requests for approval", "admin:authorizations_approvalrequest_changelist", "contact_support"),
        Link("Rules of approval", "admin:authorizations_approvalrule_changelist", "checklist"),
        Link("Revocation rules", "admin:authorizations_revocationrule_changelist", "event_busy"),
        Link("Services shut out", "admin:authorizations_shutout_changelist", "block"),
        Link("Copies of data", "admin:authorizations_export_changelist", "download"),
    ],
    ACT: [
        Link("Incidents", "admin:authorizations_incident_changelist", "crisis_alert"),
        Link("Jobs", "admin:authorizations_operationsjob_changelist", "playlist_play"),
        Link("Kill switches", "switches", "emergency_home"),
    ],
    CONFIGURE: [
        Link("Brown-outs", "admin:authorizations_brownout_changelist", "power_settings_circle"),
        Link("Exceptions from the cutoff", "admin:oauthapps_legacyexception_changelist", "event_available"),
    ],
    HEALTH: [
        Link("Streams of events", "admin:authorizations_eventstream_changelist", "sensors"),
        Link("Background jobs", "admin:authorizations_taskrun_changelist", "schedule"),
        Link("End of the legacy model", "legacy-operations", "hourglass_bottom"),
        Link("Use of apps", "admin:authorizations_appusage_changelist", "monitoring"),
        Link("Outbox", "admin:notifications_message_changelist", "outbox"),
        Link("Sealed blocks", "admin:events_eventblock_changelist", "lock"),
        Link("Signing keys", "admin:authorizations_signingkey_changelist", "key"),
    ],
}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """In the shape that Unfold draws (`UNFOLD["SIDEBAR"]["navigation"]`)."""
    return [
        {"title": title, "separator": True, "items": [_item(link, request) for link in links]}
        for title, links in NAVIGATION.items()
        if links
    ]


def _item(link: Link, request: HttpRequest) -> dict[str, Any]:
    address = reverse(link.page)
    index = link.page == "admin:index"
    return {
        "title": link.title,
        "icon": link.icon,
        "link": address,
        "active": request.path == address if index else request.path.startswith(address),
        "permission": lambda request: at_least(request.user, link.role),
    }


def stylesheet(request: HttpRequest) -> str:
    return static("gatehouse/admin.css")
