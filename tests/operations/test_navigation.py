"""The navigation of the operations pages leads somewhere, for each role."""

from django.urls import reverse

from portal.admin_navigation import NAVIGATION
from tests import people


def test_every_link_opens_for_an_auditor_and_is_marked_where_it_leads(db):
    browser = people.operations_browser("olivia", "auditor")
    for link in (link for links in NAVIGATION.values() for link in links if link.role == "auditor"):
        page = browser.get(reverse(link.page))
        assert page.status_code == 200, link.title
    page = browser.get(reverse("admin:events_event_changelist")).content.decode()
    for title in NAVIGATION:
        assert not NAVIGATION[title] or title in page
