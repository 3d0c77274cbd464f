"""The WSGI entry point of the web process: the lean path first, then Django."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from portal import footprint, start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
told = "GATEHOUSE_PROCESS" in os.environ
os.environ.setdefault("GATEHOUSE_PROCESS", "web")
start.load_settings()
if not told:  # what this process starts is no web process
    del os.environ["GATEHOUSE_PROCESS"]
django_application = get_wsgi_application()
start.refuse_unsafe(database=False)  # whichever server runs this

from portal import machine, postgresql  # noqa: E402  (they need the settings that the lines above have read)

machine.BEFORE.insert(0, postgresql.look_again)
if footprint.IS_SERVER:
    footprint.settle()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    answer = machine.serve(environ, start_response)
    return answer if answer is not None else django_application(environ, start_response)
