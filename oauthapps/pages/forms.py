"""The registration form."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from oauthapps import scopes
from oauthapps.models import Application
from oauthapps.services import Registration, RegistrationRefused

SCOPE_PREFIX = "scope:"


class AppForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("People see it on the approval page."))
    company = forms.CharField(label=_("Company"), max_length=100, help_text=_("Who publishes the app."))
    description = forms.CharField(
        label=_("Description"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    website = forms.URLField(label=_("Website"), required=False, max_length=2000, assume_scheme="https")
    terms_url = forms.URLField(label=_("Terms of service"), required=False, max_length=2000, assume_scheme="https")
    privacy_url = forms.URLField(label=_("Privacy statement"), required=False, max_length=2000, assume_scheme="https")
    client_type = forms.ChoiceField(
        label=_("Where does the app run?"),
        choices=[
            ("confidential", _("On a server: it can keep a secret")),
            ("public", _("In a browser or on a device: it cannot keep a secret")),
        ],
        initial="confidential",
        widget=forms.RadioSelect,
    )
    redirect_uris = forms.CharField(
        label=_("Callback addresses"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One per line, each exactly as the app sends it. https, or http on localhost."),
    )

    @classmethod
    def of(cls, app: Application) -> "AppForm":
        names = ("name", "company", "description", "website", "terms_url", "privacy_url", "client_type")
        return cls(initial={n: getattr(app, n) for n in names} | {"redirect_uris": "\n".join(app.callbacks)})

    def registration(self, required: list[str], optional: list[str], **kept: Any) -> Registration:
        said = dict(self.cleaned_data)
        said["redirect_uris"] = said["redirect_uris"].split()
        return Registration(scopes=required, optional_scopes=optional, **(kept | said))


def show_refusal(form: AppForm, refusal: RegistrationRefused) -> None:
    """Beside the field it is about, or on top when the form has no such field."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def chosen_scopes(data: QueryDict) -> tuple[list[str], list[str]]:
    """Required and optional, in catalogue order; what the catalogue does not have is ignored."""
    choice = {s: data.get(SCOPE_PREFIX + s) for s in scopes.CATALOGUE}
    return [s for s, v in choice.items() if v == "required"], [s for s, v in choice.items() if v == "optional"]


def scope_groups(required: list[str], optional: list[str]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for scope in scopes.CATALOGUE.values():
        groups.setdefault(scope.category, []).append(
            {
                "identifier": scope.identifier,
                "title": scope.title,
                "sentence": scope.sentence,
                "risk": scope.risk,
                "high_privilege": scope.high_privilege,
                "required_checked": scope.identifier in required,
                "optional_checked": scope.identifier in optional,
            }
        )
    return [{"category": category, "items": items} for category, items in groups.items()]
