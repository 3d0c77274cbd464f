"""An app and people with sessions, in the database of the settings; prints what the actors need as one line of JSON."""

import json
import uuid

from django.conf import settings

from accounts.models import User
from tests import factories, people


def main(count: int) -> None:
    made = factories.app(scopes=["openid", "profile", "vso.profile"])
    sessions = {}
    for number in range(count):
        name = f"person-{number}"
        person = User.objects.create_person(
            tenant_id=people.CONTOSO, object_id=uuid.uuid4(), display_name=name, principal_name=f"{name}@example.test"
        )
        sessions[name] = [str(person.pk), people.browser(person).cookies[settings.SESSION_COOKIE_NAME].value]
    print(json.dumps({"client_id": made.client_id, "secret": made.secret, "sessions": sessions}))
