"""An administrator ends tokens of members, in the administrator's organization alone.

A personal token that was made for the organization is over. One for all organizations of its person goes on in the
others: nobody administers those from here (docs/decisions/0059). Whose tokens they are is told at once, with why.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import Organization, User
from authorizations.events.kinds import Kind
from authorizations.events.log import event, record_all
from authorizations.models import Authorization, PersonalAccessToken, reaching
from authorizations.notifications import compose
from authorizations.notifications.compose import Draft
from authorizations.notifications.kinds import NoticeKind
from authorizations.services import personal_endings, shutting_out

MOST = 200
LONGEST_WHY = 500


class NotHere(Exception):
    """One of the ids is of nothing that reaches the organization: not there, or not for its administrators."""

    def __init__(self, unknown: UUID) -> None:
        super().__init__(str(unknown))
        self.unknown = unknown


@dataclass(frozen=True)
class Ended:
    revoked: list[PersonalAccessToken]
    shut_out: list[PersonalAccessToken]  # here; they go on elsewhere

    @property
    def number(self) -> int:
        return len(self.revoked) + len(self.shut_out)


@transaction.atomic
def end_tokens(organization: Organization, ids: Collection[UUID], *, why: str, by: User, now: datetime) -> Ended:
    """Ends those of the personal tokens that still reach the organization; the others are passed over."""
    why = why.replace("\x00", "").strip()[:LONGEST_WHY]
    # Locked in the order of their keys. Somebody who did the same held these rows until now: the conditions are asked
    # of them again.
    reached = reaching.personal_tokens(organization, now).filter(pk__in=list(ids))
    found = list(reached.select_for_update(of=("self",), no_key=True).select_related("person").order_by("pk"))
    everywhere = [t for t in found if t.organization_id is None]
    here = [t.pk for t in found if t.organization_id is not None]
    revoked = personal_endings.end_untold(here, by=by, now=now, reason=PersonalAccessToken.Ended.ADMINISTRATOR, why=why)
    _shut_out(organization, everywhere, why, by, now)
    ended = Ended(revoked, everywhere)
    compose.tell(_drafts(organization, ended, why, by, now), now=now)
    return ended


def _shut_out(organization: Organization, tokens: list[PersonalAccessToken], why: str, by: User, now: datetime) -> None:
    for token in tokens:
        token.shut_out = sorted({*token.shut_out, str(organization.pk)})
    PersonalAccessToken.objects.bulk_update(tokens, ["shut_out"])
    record_all(
        event(
            Kind.PERSONAL_TOKEN_REVOKED,
            now=now,
            actor=by,
            person=token.person,
            organization=organization,
            subject=("personal_token", token.pk),
            detail={"name": token.name, "reason": "shut_out", "why": why},
        )
        for token in tokens
    )


def _drafts(organization: Organization, ended: Ended, why: str, by: User, now: datetime) -> Iterable[Draft]:
    """One for each person and kind of end; an administrator is not told of their own."""
    per: dict[tuple[UUID, bool], list[PersonalAccessToken]] = defaultdict(list)
    for tokens, elsewhere in ((ended.revoked, False), (ended.shut_out, True)):
        for token in tokens:
            per[token.person_id, elsewhere].append(token)
    for (person, elsewhere), tokens in per.items():
        if person == by.pk:
            continue
        yield Draft(
            NoticeKind.PERSONAL_TOKEN_STOPPED,
            person,
            f"{organization.pk}:{elsewhere}:{now.isoformat()}:{tokens[0].pk}",
            about=("organization", organization.pk),
            detail={
                "organization": organization.name,
                "names": sorted(t.name for t in tokens),
                "elsewhere": elsewhere,
                "why": why,
                "by": str(by),
            },
        )


@transaction.atomic
def revoke(organization: Organization, ids: Collection[UUID], *, why: str, by: User, now: datetime) -> None:
    """Ids of personal tokens and of authorizations of members, as programs send them: all are ended here, or none.

    What had ended already is fine. An authorization is shut out of the organization, and goes on in the others.
    Raises NotHere.
    """
    tokens = _tokens(organization, ids)
    consents = _authorizations(organization, ids)
    for unknown in (pk for pk in ids if pk not in tokens and pk not in consents):
        raise NotHere(unknown)
    end_tokens(organization, tokens, why=why, by=by, now=now)
    for authorization in sorted(consents.values(), key=lambda a: str(a.pk)):
        shutting_out.for_one(organization, authorization, by=by, why=why, now=now)


def _tokens(organization: Organization, ids: Collection[UUID]) -> set[UUID]:
    """Of members, and made for the organization or for all; ended ones, too."""
    found = PersonalAccessToken.objects.reaching(organization).filter(
        pk__in=list(ids), person__memberships__organization=organization
    )
    return set(found.values_list("pk", flat=True))


def _authorizations(organization: Organization, ids: Collection[UUID]) -> dict[UUID, Authorization]:
    here = Q(organizations__isnull=True) | Q(organizations__holds_any=[str(organization.pk)])
    found = Authorization.objects.filter(here, pk__in=list(ids), person__memberships__organization=organization)
    return {a.pk: a for a in found.select_related("person", "application")}
