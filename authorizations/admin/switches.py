"""The kill switches, for operations: what is on, what turning one would do, and who turned them when."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.admin import acting
from accounts.models import User
from accounts.roles import Role, at_least
from authorizations.admin.base import ReadOnly
from authorizations.services.switch_effects import effects
from authorizations.switches import turning
from authorizations.switches.models import Switch, SwitchPeriod

SHOWN = 20
WHAT: dict[Switch, Any] = {
    Switch.STOP_ISSUING: _(
        "No codes, no tokens, no refresh, no new personal tokens. What was issued goes on until its own end, at most 90 minutes for access tokens."
    ),
    Switch.STOP_LEGACY: _(
        "The endpoints and tokens of the legacy model answer 503, as in a brown-out. The standard model goes on."
    ),
    Switch.STOP_REGISTRATIONS: _(
        "No app is registered by pages, REST or commands. Apps that are here go on, and can be changed."
    ),
    Switch.READ_ONLY: _(
        "Nobody changes anything and nothing is issued. Reading, introspection and sign-in go on, and taking access away goes on."
    ),
}
ENDS = {
    "": _("When somebody turns it off"),
    "15": _("After 15 minutes"),
    "60": _("After an hour"),
    "240": _("After 4 hours"),
    "1440": _("After a day"),
    "10080": _("After a week"),
}


def may_turn(person: User, switch: Switch, *, on: bool) -> bool:
    """An administrator turns every switch. An operator may pull one brake in an emergency: stop issuing ends nothing
    and loses nothing; but not release it (docs/decisions/0082)."""
    if at_least(person, Role.ADMINISTRATOR):
        return True
    return on and switch is Switch.STOP_ISSUING and at_least(person, Role.OPERATOR)


class TurnForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("At least 10 characters. Kept in the history and in the event log; only operations read it."),
        min_length=turning.SHORTEST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class OnForm(TurnForm):
    told = forms.CharField(
        label=_("What people are told"),
        help_text=_("A sentence for everybody, shown on every page while it is on."),
        max_length=300,
        required=False,
    )
    ends = forms.ChoiceField(label=_("It ends"), choices=list(ENDS.items()), required=False)

    def until(self, now: datetime) -> datetime | None:
        minutes = self.cleaned_data["ends"]
        return now + timedelta(minutes=int(minutes)) if minutes else None


@require_safe
def switches(request: HttpRequest) -> HttpResponse:
    now, person = timezone.now(), acting(request)
    standing = {period.switch: period for period in SwitchPeriod.objects.live(now).select_related("turned_on_by")}
    rows = [
        {
            "switch": switch,
            "what": WHAT[switch],
            "period": standing.get(switch),
            "may_turn": may_turn(person, switch, on=switch not in standing),
        }
        for switch in Switch
    ]
    history = SwitchPeriod.objects.select_related("turned_on_by", "turned_off_by").order_by("-turned_on_at")[:SHOWN]
    context = {"rows": rows, "history": [(period, period.is_live(now)) for period in history], "now": now}
    return render(request, "admin/switches.html", context)


@require_http_methods(["GET", "POST"])
def switch(request: HttpRequest, name: str) -> HttpResponse:
    """One switch: what turning it does, and the form to turn it."""
    if name not in Switch.values:
        raise Http404
    found, now = Switch(name), timezone.now()
    period = SwitchPeriod.objects.live(now).select_related("turned_on_by").filter(switch=found).first()
    if not may_turn(acting(request), found, on=period is None):
        return _page(request, found, period, None, now, status=403 if request.method == "POST" else 200)
    if request.method == "GET":
        return _page(request, found, period, TurnForm() if period else OnForm(), now)
    # What the person saw decides what the button meant: of two, the second must not turn it back.
    if request.POST.get("to", "") != ("off" if period else "on"):
        return _page(request, found, period, TurnForm() if period else OnForm(), now, status=409)
    form = TurnForm(request.POST) if period else OnForm(request.POST)
    if form.is_valid() and _turned(request, found, form, now):
        return redirect("switches")
    return _page(request, found, period, form, now, status=400)


def _turned(request: HttpRequest, found: Switch, form: TurnForm, now: datetime) -> bool:
    by, reason = acting(request), form.cleaned_data["reason"]
    try:
        if isinstance(form, OnForm):
            told = form.cleaned_data["told"]
            turning.turn_on(found, by=by, reason=reason, told=told, until=form.until(now), now=now)
            messages.warning(request, _("%(name)s is on, everywhere within a second.") % {"name": found.label})
        else:
            turning.turn_off(found, by=by, reason=reason, now=now)
            messages.success(request, _("%(name)s is off, everywhere within a second.") % {"name": found.label})
    except turning.TurnRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return False
    return True


def _page(
    request: HttpRequest, found: Switch, period: SwitchPeriod | None, form: Any, now: datetime, status: int = 200
) -> HttpResponse:
    context = {
        "switch": found,
        "what": WHAT[found],
        "period": period,
        "form": form,
        "errors": form.non_field_errors() if form is not None and form.is_bound else [],
        "figures": [] if period else effects(found, now),
        "changed": status == 409,
    }
    return render(request, "admin/switch.html", context, status=status)


@admin.register(SwitchPeriod)
class SwitchPeriodAdmin(ReadOnly):
    """The whole history, to search."""

    list_display = ("switch", "turned_on_at", "turned_on_by", "reason", "until", "turned_off_at", "turned_off_by")
    list_filter = ("switch", "turned_on_at")
    search_fields = ("reason", "off_reason", "told")
    list_select_related = ("turned_on_by", "turned_off_by")
    ordering = ("-turned_on_at",)
