"""Moves signing keys on: published, then signing, then read only, then withdrawn.

Nobody has to look at the keys again because of it: a verifier that caches our keys for less than
SIGNING_KEY_PUBLISHED_BEFORE knows each key before it meets its first signature.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from authorizations.models import SigningKey
from authorizations.services import keys

CURRENT = Q(retired_at=None, current_from__isnull=False)
NEXT = Q(retired_at=None, current_from=None)


def rotate_due(now: datetime) -> list[str]:
    """Does what is due and says it, a sentence each. Twice at once does it once."""
    done = [said for algorithm in keys.ALGORITHMS if (said := _step(algorithm, now))]
    done += _withdraw_over(now)
    if done:
        keys.ring.forget()
    return done


def _step(algorithm: str, now: datetime) -> str:
    current = SigningKey.objects.filter(CURRENT, algorithm=algorithm).first()
    if current is None or current.current_from is None:
        made = keys.create(algorithm, now=now, current=True)
        return f"{algorithm}: made the first key." if made else ""
    due = current.current_from + settings.SIGNING_KEY_LIFETIME
    following = SigningKey.objects.filter(NEXT, algorithm=algorithm).first()
    if following is None:
        early = now < due - settings.SIGNING_KEY_PUBLISHED_BEFORE
        return (
            ""
            if early or not keys.create(algorithm, now=now, current=False)
            else f"{algorithm}: published the next key."
        )
    if now < max(due, following.created_at + settings.SIGNING_KEY_PUBLISHED_BEFORE):
        return ""
    return f"{algorithm}: {following.kid} signs from now on." if _promote(current, following, now=now) else ""


@transaction.atomic
def _promote(current: SigningKey, following: SigningKey, *, now: datetime) -> bool:
    if not _retire(current, by=None, why="rotated", now=now):
        return False
    if not SigningKey.objects.filter(NEXT, pk=following.pk).update(current_from=now):
        transaction.set_rollback(True)
        return False
    _record(Kind.SIGNING_KEY_PROMOTED, following, None, "rotated", now)
    return True


def _retire(key: SigningKey, *, by: User | None, why: str, now: datetime) -> bool:
    """Its private part goes with it: what cannot sign cannot be stolen."""
    if not SigningKey.objects.filter(pk=key.pk, retired_at=None).update(retired_at=now, private_key=""):
        return False
    _record(Kind.SIGNING_KEY_RETIRED, key, by, why, now)
    return True


def _withdraw_over(now: datetime) -> list[str]:
    over = SigningKey.objects.filter(retired_at__lte=now - settings.SIGNING_KEY_PUBLISHED_AFTER, withdrawn_at=None)
    return [f"{key.algorithm}: {key.kid} is no longer published." for key in over if _withdraw(key, None, "over", now)]


@transaction.atomic
def _withdraw(key: SigningKey, by: User | None, why: str, now: datetime) -> bool:
    if not SigningKey.objects.filter(pk=key.pk, withdrawn_at=None).update(withdrawn_at=now):
        return False
    _record(Kind.SIGNING_KEY_WITHDRAWN, key, by, why, now)
    return True


@transaction.atomic
def rotate_now(algorithm: str, *, why: str, by: User | None, compromised: bool, now: datetime) -> str:
    """A new key signs at once. `compromised`: whatever the keys before it signed is refused; other processes follow
    when they read the keys again, within keys.RELOAD_SECONDS. Returns the new key's id."""
    standing = list(SigningKey.objects.select_for_update().filter(algorithm=algorithm, withdrawn_at=None))
    for key in standing:
        _retire(key, by=by, why=why, now=now)
        if compromised:
            _withdraw(key, by, why, now)
    keys.create(algorithm, now=now, current=True)
    keys.ring.forget()
    return SigningKey.objects.filter(CURRENT, algorithm=algorithm).values_list("kid", flat=True).get()


def _record(kind: Kind, key: SigningKey, by: User | None, why: str, now: datetime) -> None:
    detail = {"algorithm": key.algorithm, "why": why}
    record(kind, now=now, actor=by, subject=("signing_key", key.kid), detail=detail)
