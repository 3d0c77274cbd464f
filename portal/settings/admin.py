"""How the operations pages look. What stands in their navigation: `portal.admin_navigation`."""

UNFOLD = {
    "SITE_TITLE": "Gatehouse operations",
    "SITE_HEADER": "Gatehouse operations",
    "SHOW_HISTORY": False,  # the event log has it, and each page its timeline
    "SHOW_VIEW_ON_SITE": False,
    "ACCOUNT": {"navigation": [{"title": "My own authorizations", "link": "/_usersSettings/authorizations"}]},
    "SIDEBAR": {"navigation": "portal.admin_navigation.navigation"},
    "DASHBOARD_CALLBACK": "authorizations.admin.dashboard.context",
    "STYLES": ["portal.admin_navigation.stylesheet"],
}
