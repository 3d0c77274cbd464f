"""What keeps a web process small and even (docs/decisions/0101). Of a server's process only: a test that imports
`portal.wsgi` keeps what it has.
"""

import gc
import importlib.machinery
import importlib.util
import os
import sys
import warnings

# Loaded by a library because it happens to be installed, and used by nothing here. Each of those libraries does without
# where it is missing, as it is told to be (None in `sys.modules`, which Python's import system defines for that).
UNUSED = {
    "rich": "structlog.dev, to colour tracebacks on a terminal",
    "greenlet": "structlog, for servers that switch greenlets",
    "charset_normalizer": "requests, to guess the encoding of answers; ours are JSON",
}
# Of these only a module inside is wanted: Django Ninja takes a signal, the Redis client a recorder. The package itself
# would bring the test client with unittest, and a second Redis client.
UNOPENED = {"django.test": "django", "redis.asyncio": "redis"}
COLLECT_AFTER = (10_000, 20, 20)


# Said by `portal.serve` before it starts the server: whoever imports `portal.wsgi` later is none for that.
IS_SERVER = os.environ.get("GATEHOUSE_PROCESS") == "web"


def leave_out() -> None:
    """Before anything is imported: 9 MB."""
    for name in UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    warnings.filterwarnings("ignore", message="Unable to find acceptable character detection dependency")
    for name, package in UNOPENED.items():
        found = importlib.util.find_spec(package) if name not in sys.modules else None
        if found and found.submodule_search_locations:
            finder = importlib.machinery.PathFinder.find_spec(name, list(found.submodule_search_locations))
            if finder:
                sys.modules[name] = importlib.util.module_from_spec(finder)


def settle() -> None:
    """When all is loaded: what stays for good is looked through once, and never again.

    A full collection looks at every object of the process, 180,000 of them, and holds up everybody meanwhile.
    """
    from django.urls import get_resolver  # noqa: PLC0415  (the settings must be known)

    _ = get_resolver().url_patterns  # the first probe would load the pages, and leave them to be looked at
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
