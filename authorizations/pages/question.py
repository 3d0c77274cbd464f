"""What is put to a person on the approval page, as plain values: a preview asks it without a request of the service."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import get_language

from accounts.models import User
from authorizations.models import Authorization
from authorizations.services.consent import PAGE_VERSION
from oauthapps import scopes as catalogue
from oauthapps.models import Application


@dataclass(frozen=True)
class Question:
    app: Application
    person: User
    scopes: tuple[str, ...]
    redirect_uri: str
    consented: Authorization | None = None
    familiar: bool = False

    @cached_property
    def allowed(self) -> frozenset[str]:
        """Everything the app may already."""
        return catalogue.closure(self.consented.scopes) if self.consented else frozenset()

    @cached_property
    def had(self) -> tuple[str, ...]:
        return tuple(s for s in self.scopes if s in self.allowed)

    @cached_property
    def added(self) -> tuple[str, ...]:
        """What the click is about."""
        return tuple(s for s in self.scopes if s not in self.allowed)

    @cached_property
    def optional(self) -> frozenset[str]:
        return frozenset(s for s in self.added if s in self.app.optional_scopes)

    @property
    def view(self) -> str:
        """ "first"; "more" than it has; "again": the app wants the person to confirm what it has."""
        if self.consented is None:
            return "first"
        return "more" if self.added else "again"

    @property
    def reaches_organizations(self) -> bool:
        return bool(catalogue.of_the_api(self.scopes))

    @cached_property
    def fingerprint(self) -> str:
        """Of the words a person decides on: an answer counts only for the words that were on the page."""
        app = self.app
        words = [PAGE_VERSION, app.name, app.company, app.website, app.verified_domain, self.redirect_uri]
        asked = [[s, s in app.optional_scopes, catalogue.CATALOGUE[s].sentence] for s in self.scopes]
        return hashlib.sha256(json.dumps([words, asked]).encode()).hexdigest()[:32]

    def record(self, doubts: list[str]) -> dict[str, Any]:
        """What the event of the consent says was shown. Identifiers, no values of the person."""
        return {
            "view": self.view,
            "app": self.app.name,
            "publisher": self.app.company,
            "verified_domain": self.app.verified_domain,
            "callback": self.redirect_uri,
            "asked": list(self.scopes),
            "optional": sorted(self.optional),
            "had": list(self.had),
            "warnings": doubts,
            "language": get_language() or "",
            "fingerprint": self.fingerprint,
        }
