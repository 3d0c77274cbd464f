"""Projects: made, renamed, described, deleted, and who is in them."""

import uuid

import pytest

from accounts.models import Project
from authorizations.events.models import Event
from tests import people
from tests.accounts.organizations import S, text


@pytest.fixture
def alpha(contoso):
    return contoso.projects.get()


def test_alice_makes_a_project(alice_browser, contoso):
    answer = alice_browser.post(f"{S}/projects/new", {"name": " Проект 東京 ", "description": "Two\r\nlines"})
    made = Project.objects.get(name="Проект 東京")
    assert answer["Location"] == f"{S}/projects/{made.pk}" and made.description == "Two\nlines"
    assert Event.objects.get(name="project.created").organization_id == str(contoso.pk)
    assert "Проект" in text(alice_browser.get(f"{S}/projects?q=Проект"))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": ""}, "required"),
        ({"name": "ALPHA"}, "There is a project “ALPHA”"),
        ({"name": "x" * 65}, "at most 64"),
        ({"name": "\u202eevil"}, "reading direction"),
        ({"name": "New", "description": "x" * 2001}, "at most 2000"),
        ({"name": "New", "description": "a\u0007b"}, "cannot see"),
    ],
)
def test_bad_input_is_refused_with_what_to_do(alice_browser, alpha, form, said):
    other = Project.objects.create(organization=alpha.organization, name="Beta")
    for path in (f"{S}/projects/new", f"{S}/projects/{other.pk}"):
        answer = alice_browser.post(path, {"description": "", "revision": "1"} | form)
        assert answer.status_code == 400 and said in text(answer)
    assert Project.objects.count() == 2 and not Event.objects.filter(name__startswith="project.").exists()


def test_a_change_counts_the_revision_up_and_an_old_page_changes_nothing(alice_browser, alpha):
    address = f"{S}/projects/{alpha.pk}"
    alice_browser.post(address, {"name": "alpha", "description": "About", "revision": "1"})
    alpha.refresh_from_db()
    assert (alpha.name, alpha.description, alpha.revision) == ("alpha", "About", 2)
    assert Event.objects.get(name="project.changed").detail["before"] == {"name": "Alpha", "description": ""}
    stale = alice_browser.post(address, {"name": "Other", "description": "", "revision": "1"})
    assert stale.status_code == 409 and "Somebody changed this meanwhile" in text(stale)
    alice_browser.post(address, {"name": "alpha", "description": "About", "revision": "2"})
    alpha.refresh_from_db()
    assert (alpha.name, alpha.revision) == ("alpha", 2)
    for odd in ("", "-1", "x", str(2**40)):
        assert alice_browser.post(address, {"name": "Other", "revision": odd}).status_code in {400, 409}


def test_alice_finds_members_and_adds_them(alice_browser, bob, alpha, dana, fabrikam):
    alpha.members.remove(bob)
    page = text(alice_browser.get(f"{S}/projects/{alpha.pk}?add=bob@example"))
    assert "Tick whom to add" in page
    assert "No member outside the project matches" in text(alice_browser.get(f"{S}/projects/{alpha.pk}?add=dana"))
    form = {"person": [str(bob.pk), str(dana.pk), str(uuid.uuid4()), "nonsense", str(bob.pk)]}
    alice_browser.post(f"{S}/projects/{alpha.pk}/add", form)
    alpha.refresh_from_db()
    assert bob in alpha.members.all() and dana not in alpha.members.all() and alpha.revision == 2
    [event] = Event.objects.filter(name="project.changed")
    assert (event.person_id, event.detail["what"]) == (str(bob.pk), "member_added")
    alice_browser.post(f"{S}/projects/{alpha.pk}/add", form)
    alpha.refresh_from_db()
    assert alpha.revision == 2


def test_alice_takes_bob_out(alice_browser, bob, alpha):
    for _ in range(2):
        alice_browser.post(f"{S}/projects/{alpha.pk}/remove?q=b&page=1", {"person": str(bob.pk)})
    alpha.refresh_from_db()
    assert bob not in alpha.members.all() and alpha.revision == 2
    for odd in ({}, {"person": "x"}, {"person": str(uuid.uuid4())}):
        assert alice_browser.post(f"{S}/projects/{alpha.pk}/remove", odd).status_code == 302


def test_deleting_asks_for_the_name(alice_browser, alpha):
    address = f"{S}/projects/{alpha.pk}/delete"
    assert "2 members are in it" in text(alice_browser.get(address))
    assert alice_browser.post(address, {"name": "alph"}).status_code == 400 and Project.objects.exists()
    assert alice_browser.post(address, {"name": "Alpha"})["Location"] == f"{S}/projects"
    assert not Project.objects.exists()
    event = Event.objects.get(name="project.deleted")
    assert event.detail == {"name": "Alpha", "members": 2} and event.organization_name == "Contoso"
    assert alice_browser.post(address, {"name": "Alpha"}).status_code == 404


def test_an_organization_without_projects_says_what_they_are_for(alice_browser, alpha, bob):
    alpha.delete()
    assert "There is no project yet" in text(alice_browser.get(f"{S}/projects"))
    assert "You are in no project" in text(people.browser(bob).get(f"{S}/projects"))
