"""Leads from a list of the admin to the page that says what an act on the chosen rows would do."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

MOST = 100  # they stand in the address of the page


def look_at(request: HttpRequest, act: str, name: str, keys: Iterable[Any]) -> HttpResponseRedirect | None:
    """`name`: the field of the page that the keys belong to. None (and a message) when there are too many."""
    chosen = [str(key) for key in keys]
    if len(chosen) > MOST:
        messages.error(request, f"Choose at most {MOST} at once.")
        return None
    query = urlencode({"act": act, "go": 1, name: chosen}, doseq=True)
    return HttpResponseRedirect(f"{reverse('admin:authorizations_operationsjob_new')}?{query}")
