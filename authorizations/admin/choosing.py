"""The form that says whom and what an act is about, in the words people have: names, addresses, dates."""

from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, QueryDict

from accounts.models import Organization, User
from authorizations.models import Incident, OperationsJob
from authorizations.services.operations import selection
from authorizations.services.operations.selection import MOMENTS, Selection, WrongSelection, is_uuid
from oauthapps.models import Application, ApplicationSecret

Act = OperationsJob.Act
CHOOSABLE = [(a.value, a.label) for a in Act if a != Act.TELL]
# What an act cannot do without.
NEEDED = {
    Act.DISABLE: "app",
    Act.ENABLE: "app",
    Act.END_SECRET: "secret",
    Act.DEACTIVATE: "person",
    Act.REACTIVATE: "person",
}
FIELDS = {"id": "ids", "app": "apps", "person": "people", "secret": "secrets"}
SAID_AT = {"ids": "id", "people": "person", "apps": "app", "secrets": "secret"}


class Words(forms.CharField):
    """Several values, separated by spaces or commas, or the parameter given several times."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(dict.fromkeys(str(value or "").replace(",", " ").split()))


class ChoosingForm(forms.Form):
    act = forms.ChoiceField(label="What to do", choices=CHOOSABLE)
    app = Words(label="Apps", required=False, help_text="Client ids, or the exact name of one app.")
    person = Words(label="People", required=False, help_text="User names, or <tenant id>.<object id>.")
    secret = Words(label="Secrets", required=False, help_text="The first 16 characters of a secret: its key id.")
    organization = forms.CharField(
        label="Organization", required=False, help_text="Its address name: approvals that reach it."
    )
    scopes = Words(label="Permissions", required=False, help_text="Any of these, such as vso.code_write.")
    moment = forms.ChoiceField(
        label="Time of", required=False, choices=[(k, v.capitalize()) for k, v in MOMENTS.items()]
    )
    since = forms.CharField(label="From", required=False, help_text="Such as 2026-11-26 10:00, UTC.")
    until = forms.CharField(label="Until", required=False, help_text="Such as 2026-11-26 12:00, UTC.")
    network = forms.CharField(
        label="Connected from", required=False, help_text="One address or a range: 192.0.2.0/24, 2001:db8::/32."
    )
    id = Words(required=False, widget=forms.HiddenInput)
    incident = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_incident(self) -> Incident | None:
        key = self.cleaned_data["incident"]
        found = Incident.objects.filter(pk=key).first() if key and is_uuid(key) else None
        if key and found is None:
            raise forms.ValidationError("That incident is not here.")
        return found

    def clean_app(self) -> tuple[str, ...]:
        said = self.cleaned_data["app"]
        if not said:
            return ()
        known = set(Application.objects.filter(client_id__in=said).values_list("client_id", flat=True))
        if known == set(said):
            return said
        whole = self.data.get("app", "").strip()
        named = list(Application.objects.filter(name=whole, deleted_at=None).values_list("client_id", flat=True)[:2])
        if len(named) == 1:
            return tuple(named)
        if named:
            raise forms.ValidationError("Several apps have this name: write the client id.")
        raise forms.ValidationError(f"No app here: {', '.join(s for s in said if s not in known)[:200]}.")

    def clean_secret(self) -> tuple[str, ...]:
        said = self.cleaned_data["secret"]
        known = set(ApplicationSecret.objects.filter(key_id__in=said).values_list("key_id", flat=True))
        if missing := [s for s in said if s not in known]:
            # Perhaps a whole secret was pasted: never say it again.
            raise forms.ValidationError(f"{len(missing)} of them are no key id of a secret here.")
        return said

    def clean_person(self) -> tuple[str, ...]:
        said = self.cleaned_data["person"]
        return tuple(self._person(name) for name in said)

    def _person(self, name: str) -> str:
        asked = Q(pk=name) if is_uuid(name) else Q(principal=name) | Q(principal_name__iexact=name)
        found = list(User.objects.filter(asked).values_list("pk", flat=True)[:2])
        if len(found) != 1:
            what = "Several people have this user name: write <tenant id>.<object id>." if found else "Nobody here:"
            raise forms.ValidationError(what if found else f"{what} {name[:100]}.")
        return str(found[0])

    def clean_organization(self) -> str:
        said = self.cleaned_data["organization"].strip()
        if not said:
            return ""
        asked = Q(pk=said) if is_uuid(said) else Q(slug=said.lower())
        found = Organization.objects.filter(asked).values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError("No organization here has this address name.")
        return str(found)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        needed = NEEDED.get(said.get("act", ""))
        if needed and needed not in self.errors and not said.get(needed):
            self.add_error(needed, "Say which.")
        if not self.errors:
            try:
                said["selection"] = selection.check(self._selection(said))
            except WrongSelection as wrong:
                self.add_error(SAID_AT.get(wrong.field, wrong.field) or None, str(wrong))
        return said

    @staticmethod
    def _selection(said: dict[str, Any]) -> Selection:
        if said["act"] in NEEDED:  # these are about what they name, whole
            field = FIELDS[NEEDED[said["act"]]]
            return Selection(**{field: said[NEEDED[said["act"]]]})
        return Selection(
            ids=said["id"],
            people=said["person"],
            apps=said["app"],
            secrets=said["secret"],
            scopes=said["scopes"],
            organization=said["organization"],
            moment=said["moment"] or "granted",
            since=said["since"],
            until=said["until"],
            network=said["network"].strip(),
        )


def asked(request: HttpRequest) -> ChoosingForm:
    """From the address of the page: looking changes nothing, so a preview can be linked to and looked at again."""
    data = QueryDict(mutable=True)
    for name in request.GET:
        data[name] = " ".join(v.replace("\x00", "") for v in request.GET.getlist(name))
    return ChoosingForm(data)
