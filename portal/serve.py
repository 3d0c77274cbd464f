"""Starts the web server with what the settings say: `python -m portal.serve`.

Checks first, then becomes granian (docs/decisions/0085), so that an unsafe setting is said once and not by each worker.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.production")
os.environ["GATEHOUSE_PROCESS"] = "web"

import django
from django.conf import settings

from portal import start

# glibc gives each thread an area of its own, where what others freed is of no use: 4 MB that come with load. Threads that
# take turns at Python anyway need one (docs/decisions/0101). The server's own allocator likewise.
MEMORY = {"MALLOC_ARENA_MAX": "1", "_RJEM_MALLOC_CONF": "narenas:1,dirty_decay_ms:1000"}
LINES = Path(__file__).parent / "logs" / "granian.json"


def command() -> list[str]:
    return [
        str(Path(sys.executable).parent / "granian"),
        *("--interface", "wsgi", "portal.wsgi:application"),
        *("--host", settings.WEB_HOST, "--port", str(settings.WEB_PORT)),
        *("--workers", str(settings.WEB_WORKERS), "--blocking-threads", str(settings.WEB_THREADS)),
        # A worker that dies is replaced; one that is asked to stop has so long to finish what it began.
        *("--respawn-failed-workers", "--workers-kill-timeout", "30"),
        # The server's own lines look like ours (docs/monitoring.md); its access log stays off, the portal has one.
        *(("--log-config", str(LINES)) if settings.LOG_FORMAT == "json" else ()),
        *("--http", "1", "--no-ws", "--http1-header-read-timeout", "10000"),
    ]


def main() -> None:
    start.load_settings()
    django.setup()
    if not (Path(str(settings.STATIC_ROOT)) / "staticfiles.json").exists():
        start.refuse([f"gatehouse.E033: {settings.STATIC_ROOT} holds no static files. Run manage.py collectstatic."])
    start.refuse_unsafe(database=True)
    arguments = command()
    os.execve(arguments[0], arguments, MEMORY | os.environ)  # noqa: S606  (our own command, no shell)


if __name__ == "__main__":
    main()
