"""Named people of the tests: Alice approves, Bob works with her, Charlie is a stranger, Dana develops, Olivia operates."""

import time
import uuid

from django.test import Client

from accounts.models import PERSONAL_TENANT, User
from accounts.roles import columns
from accounts.stepup import SESSION_KEY
from portal.admin_site import OPENED_KEY

CONTOSO = uuid.UUID("11111111-aaaa-4aaa-8aaa-111111111111")
FABRIKAM = uuid.UUID("22222222-bbbb-4bbb-8bbb-222222222222")
TENANTS = {
    "alice": CONTOSO,
    "bob": CONTOSO,
    "olivia": CONTOSO,
    "charlie": FABRIKAM,
    "dana": FABRIKAM,
    "erin": PERSONAL_TENANT,
}


def person(name: str) -> User:
    tenant = TENANTS[name]
    return User.objects.create_person(
        tenant_id=tenant,
        object_id=uuid.uuid5(tenant, name),
        display_name=name.title(),
        principal_name=f"{name}@example.test",
        email=f"{name}@example.test",
    )


def browser(user: User, *, auth_time: int | None = None) -> Client:
    """A browser session in which the person signed in at the directory just now (or at `auth_time`)."""
    client = Client(enforce_csrf_checks=False)
    client.force_login(user, backend="accounts.backends.ActivePersonBackend")
    session = client.session
    at = int(time.time()) if auth_time is None else auth_time
    session[SESSION_KEY] = {"auth_time": at, "at": at}
    session[OPENED_KEY] = at  # so that tests which count events are not told that the admin was opened
    session.save()
    return client


def operations(name: str = "olivia", role: str = "administrator") -> User:
    """One of the operations staff, made if need be."""
    found = User.objects.filter(principal_name=f"{name}@example.test").first() or person(name)
    User.objects.filter(pk=found.pk).update(**columns(role))
    return User.objects.get(pk=found.pk)


def operations_browser(name: str = "olivia", role: str = "administrator", **said: int) -> Client:
    return browser(operations(name, role), **said)
