"""Which people and apps a text names, as ids: what lists of authorizations and the like search by."""

from functools import reduce
from operator import and_

from django.db.models import Q

from accounts.models import User
from accounts.operations.searching import PERSON_WORDS, words
from oauthapps.models import Application
from oauthapps.searching import APP_WORDS

MOST = 200


def named(text: str, person: str = "person", app: str = "application") -> Q:
    """Each word is a word of the person or of the app. Two statements a word; columns are those of the rows."""
    return reduce(and_, (_one(word, person, app) for word in words(text)[:3]), Q()) if words(text) else Q(pk=None)


def _one(word: str, person: str, app: str) -> Q:
    people = list(PERSON_WORDS.narrow(User.objects.all(), word).order_by().values_list("pk", flat=True)[:MOST])
    apps = list(APP_WORDS.narrow(Application.objects.all(), word).order_by().values_list("pk", flat=True)[:MOST])
    return Q(**{f"{person}__in": people}) | (Q(**{f"{app}__in": apps}) if app else Q())


def app_key(client_id: str) -> int:
    """Looked up first: the database knows how common each key is, and reads the newest rows of a large app by their time
    and those of a small one by the app. No row has the key 0."""
    return Application.objects.filter(client_id=client_id).values_list("pk", flat=True).first() or 0
