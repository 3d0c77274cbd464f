"""What runs: the processes as data, and the environment they share."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    port: int
    home: Path

    @property
    def ports(self) -> tuple[int, int, int, int]:
        return self.port, self.port + 1, self.port + 2, self.port + 3


@dataclass(frozen=True)
class Process:
    name: str
    command: tuple[str, ...]
    health: str = ""  # an address that answers 200 once it is ready


def environment(plan: Plan) -> dict[str, str]:
    portal, directory, service, resource = plan.ports
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings.local",
        "PORT": str(portal),
        "GATEHOUSE_HOME": str(plan.home),
        "DIRECTORY_PORT": str(directory),
        "DIRECTORY_BASE_URL": f"http://localhost:{directory}",
        "DIRECTORY_REDIRECT_URIS": f"http://localhost:{portal}/accounts/microsoft/login/callback/",
        "DIRECTORY_STATE": str(plan.home / "directory"),
        "SAMPLE_SERVICE_PORT": str(service),
        "SAMPLE_SERVICE_CONFIG": str(plan.home / "sample-service.json"),
        "RESOURCE_SERVER_PORT": str(resource),
        "RESOURCE_SERVER_CONFIG": str(plan.home / "resource-server.json"),
        "PYTHONUNBUFFERED": "1",
    }


def preparation() -> list[tuple[str, ...]]:
    manage = (sys.executable, "manage.py")
    return [
        (*manage, "migrate", "--noinput", "--verbosity", "0"),
        (*manage, "collectstatic", "--noinput", "--verbosity", "0"),
        (*manage, "seed_demo"),
    ]


def processes(plan: Plan) -> list[Process]:
    portal, directory, service, resource = plan.ports
    python, beside = sys.executable, Path(sys.executable).parent
    celery = (python, "-m", "celery", "-A", "portal")
    web = (
        str(beside / "granian"),
        "--interface",
        "wsgi",
        "portal.wsgi:application",
        "--host",
        "127.0.0.1",
        "--port",
        str(portal),
    )
    return [
        Process("directory", (python, "-m", "demo.directory"), f"http://127.0.0.1:{directory}/health"),
        Process("web", (*web, "--workers", "1", "--blocking-threads", "4"), f"http://127.0.0.1:{portal}/health/ready"),
        Process("worker", (*celery, "worker", "--concurrency", "1", "--loglevel", "INFO")),
        Process(
            "beat",
            (
                *celery,
                "beat",
                "--schedule",
                str(plan.home / "celerybeat-schedule"),
                "--pidfile",
                "",
                "--loglevel",
                "INFO",
            ),
        ),
        Process("sample-service", (python, "-m", "demo.sample_service"), f"http://127.0.0.1:{service}/health"),
        Process("resource-server", (python, "-m", "demo.resource_server"), f"http://127.0.0.1:{resource}/health"),
    ]
