"""The registration form."""

import re
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from oauthapps import pictures, rules, scopes, services
from oauthapps.models import Application
from oauthapps.pages.picker import Chosen
from oauthapps.services import Asker, Problem, Registration
from oauthapps.services.checking import SITES

SCOPE_PREFIX = "scope:"
TOKEN = re.compile(r"[0-9a-f]{16}")


class Text(forms.CharField):
    """A line or some lines. Line ends count once, as they do in the browser's own counting."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class Line(forms.CharField):
    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value)).split())


class Site(forms.CharField):
    """A web address. What is wrong with it is said by the rules, in sentences."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "url"}))
        super().__init__(required=False, max_length=2000, **kwargs)


class PictureInput(forms.FileInput):
    def __init__(self) -> None:
        super().__init__(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"})


class Picture(forms.FileField):
    """The uploaded picture, drawn anew: bytes of a PNG."""

    widget = PictureInput

    def clean(self, data: Any, initial: Any = None) -> bytes | None:  # type: ignore[override]
        file = super().clean(data, initial)
        if not file:
            return None
        try:
            return pictures.square_png(file.read(pictures.MOST_BYTES + 1))
        except pictures.PictureRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class AppForm(forms.Form):
    name = Line(label=_("Name"), max_length=100, help_text=_("People see it on the approval page."))
    company = Line(label=_("Company"), max_length=100, help_text=_("Who publishes the app."))
    description = Text(
        label=_("Description"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One or two sentences on what the app does for people. Shown on the approval page."),
    )
    logo = Picture(
        label=_("Picture"),
        required=False,
        allow_empty_file=True,
        help_text=_("PNG, JPEG, WebP or GIF, at most 1 MiB. It is fitted into a square of 256 pixels."),
    )
    remove_logo = forms.BooleanField(label=_("Remove the picture"), required=False)
    website = Site(label=_("Website"))
    terms_url = Site(label=_("Terms of service"))
    privacy_url = Site(label=_("Privacy statement"))
    client_type = forms.ChoiceField(
        label=_("Where does the app run?"),
        choices=[
            ("confidential", _("On a server: it can keep a secret")),
            ("public", _("In a browser or on a device: it cannot keep a secret")),
        ],
        initial="confidential",
        widget=forms.RadioSelect,
    )
    redirect_uris = Text(
        label=_("Callback addresses"),
        max_length=rules.MOST_CALLBACKS * (rules.LONGEST_ADDRESS + 1),
        error_messages={"required": _("Give at least one callback address.")},
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_(
            "One per line, each exactly as the app sends it. https, or http on localhost. No “#” part, no “*”, no user name."
        ),
    )
    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, chosen: Chosen = ((), ()), app: Application | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen, self.app = chosen, app
        self.confirmed = (
            [t for t in cast(QueryDict, self.data).getlist("confirm") if TOKEN.fullmatch(t)] if self.is_bound else []
        )
        self.scope_problems: list[str] = []
        self.to_confirm: list[Problem] = []
        self.fields["redirect_uris"].required = app is None or not app.resource_server
        if app is None or not app.logo_id:
            del self.fields["remove_logo"]

    @classmethod
    def of(cls, app: Application) -> "AppForm":
        names = ("name", "company", "description", *SITES, "client_type", "version")
        said = {n: getattr(app, n) for n in names} | {"redirect_uris": "\n".join(app.callbacks)}
        return cls(initial=said, app=app, chosen=(app.scopes, app.optional_scopes))

    def registration(self, **kept: Any) -> Registration:
        said = {n: self.cleaned_data.get(n) or "" for n in ("name", "company", "description", *SITES, "client_type")}
        required, optional = map(list, self.chosen)
        addresses = (self.cleaned_data.get("redirect_uris") or "").split()
        return Registration(**(kept | said), redirect_uris=addresses, scopes=required, optional_scopes=optional)

    def find_problems(self, by: User, owners: list[User], **kept: Any) -> None:
        """All that the rules say, each beside its field; a field that is wrong already is left at that."""
        wrong = set(self.errors)
        for problem in services.problems(self.registration(**kept), Asker(by, owners, self.app, self.confirmed)):
            if problem.field not in wrong:
                self.show(problem)

    def show(self, problem: Problem) -> None:
        if problem.confirm:
            self.to_confirm.append(problem)
        if problem.field == "scopes":
            self.scope_problems.append(problem.message)
        self.add_error(problem.field if problem.field in self.fields else None, problem.message)


def chosen_scopes(data: QueryDict) -> Chosen:
    """Required and optional, in catalogue order; what the catalogue does not have is ignored."""
    choice = {s: data.get(SCOPE_PREFIX + s) for s in scopes.CATALOGUE}
    return [s for s, v in choice.items() if v == "required"], [s for s, v in choice.items() if v == "optional"]
