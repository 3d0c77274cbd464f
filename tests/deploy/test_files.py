"""deploy/: container file, compose file, units and examples say the same, and nothing that the portal does not know."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from portal import env
from tests.conftest import missing
from tests.deploy.place import BIN, DEPLOY, ROOT, exec_start, unit_file, variables

UNITS = ("web", "worker", "beat", "migrate")
HARDENED = (
    "NoNewPrivileges=true",
    "ProtectSystem=strict",
    "ProtectHome=true",
    "PrivateTmp=true",
    "PrivateDevices=true",
    "CapabilityBoundingSet=",
    "RestrictSUIDSGID=true",
    "User=gatehouse",
    "EnvironmentFile=/etc/gatehouse/production.env",
)
LIVES_BEYOND_A_START = re.compile(r"--schedule \S+|--pidfile(=| )?\S*")


def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def containerfile() -> str:
    return (DEPLOY / "Containerfile").read_text()


def unit(name: str) -> str:
    return unit_file(name).read_text()


def in_words(command: list[str]) -> str:
    """Without where a program lives and where it keeps its state, which differ between a container and a machine."""
    said = " ".join([Path(command[0]).name, *command[1:]])
    return " ".join(LIVES_BEYOND_A_START.sub("", said).split())


@pytest.mark.parametrize(
    ("name", "services"),
    [("web", ["web-a", "web-b"]), ("worker", ["worker"]), ("beat", ["beat"]), ("migrate", ["migrate"])],
)
def test_compose_and_units_start_the_same_command(name, services):
    said = {in_words(compose()["services"][service]["command"]) for service in services}
    assert said == {in_words(exec_start(name))}


def test_the_container_starts_the_web_server_unless_told_otherwise():
    (line,) = re.findall(r"^CMD (\[.*\])$", containerfile(), re.M)
    assert in_words(json.loads(line)) == in_words(exec_start("web"))


def test_there_are_two_web_services_and_two_workers_and_one_beat():
    services = compose()["services"]
    assert services["worker"]["deploy"]["replicas"] == 2
    assert "deploy" not in services["beat"] and "deploy" not in services["migrate"]
    assert services["web-a"] == services["web-b"]


def test_everything_waits_for_the_migrations_and_for_healthy_servers():
    services = compose()["services"]
    for name in ("web-a", "web-b", "worker", "beat"):
        waits = {service: said["condition"] for service, said in services[name]["depends_on"].items()}
        assert waits == {
            "migrate": "service_completed_successfully",
            "postgres": "service_healthy",
            "redis": "service_healthy",
        }
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert {service for service in services if "healthcheck" in services[service]} >= {"postgres", "redis"}
    assert services["proxy"]["depends_on"] == {name: {"condition": "service_healthy"} for name in ("web-a", "web-b")}


def test_containers_have_no_privileges_and_only_the_portals_own_get_its_secrets():
    services = compose()["services"]
    for name in ("web-a", "worker", "beat", "migrate"):
        said = services[name]
        assert (said["read_only"], said["cap_drop"], said["env_file"]) == (True, ["ALL"], "production.env")
    assert all("env_file" not in services[name] for name in ("proxy", "postgres", "redis"))


def test_the_image_is_made_of_pinned_packages_and_runs_without_root():
    said = containerfile()
    assert "--require-hashes" in said and re.search(r"^USER 10001$", said, re.M)
    assert re.search(r"^STOPSIGNAL SIGTERM$", said, re.M) and re.search(r"^HEALTHCHECK .*portal\.probe", said, re.M)
    assert said.rindex("USER 10001") > said.rindex("FROM ")
    unpinned = [
        line
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if line and not line.startswith((" ", "#")) and not re.match(r"[\w.\-\[\],]+==\S+", line)
    ]
    assert unpinned == []


def test_the_image_holds_what_the_portal_needs_and_nothing_else():
    copied = set(re.findall(r"^COPY (?!--from)(\S+) ", containerfile(), re.M))
    sent = {line[1:] for line in (DEPLOY / "Containerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert copied == sent
    assert all((ROOT / name).exists() for name in copied)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - copied == {"demo", "tests", "bench"}


@pytest.mark.parametrize("name", UNITS)
def test_units_are_hardened(name):
    lines = unit(name).splitlines()
    assert [wanted for wanted in HARDENED if wanted not in lines] == []
    assert name == "migrate" or "RestartPreventExitStatus=78" in lines
    assert name == "migrate" or "Restart=always" in lines


def test_each_web_unit_has_a_port_of_its_own():
    assert "ExecStart=/usr/bin/env WEB_PORT=%i /opt/gatehouse/venv/bin/python -m portal.serve" in unit("web")


@pytest.mark.parametrize("name", UNITS)
def test_systemd_accepts_the_units(name, tmp_path):
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze")
    copy = tmp_path / unit_file(name).name.replace("@", "@8000")
    copy.write_text(unit(name).replace("/opt/gatehouse/venv/bin/", "/bin/true "))  # not installed here
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_proxy_is_told_the_same_names_by_compose_and_by_its_file():
    asked = set(re.findall(r"\$\{(\w+)\}", (DEPLOY / "nginx.conf.template").read_text()))
    assert asked == set(compose()["services"]["proxy"]["environment"])


def test_every_variable_of_the_examples_is_read(known_variables):
    for name in ("production.env.example", "collectstatic.env"):
        assert set(variables(DEPLOY / name)) - known_variables == set(), name
    assert set(variables(ROOT / ".ci" / "production.env")) - known_variables == set()


def test_the_example_names_everything_that_is_required(known_variables):
    required = {line.split(" is not set")[0].removeprefix("gatehouse: ") for line in complaints({})}
    assert required and required <= set(variables(DEPLOY / "production.env.example"))


@pytest.fixture(scope="module")
def known_variables() -> set[str]:
    return set(names_read()) | {"DJANGO_SETTINGS_MODULE"}


def names_read() -> list[str]:
    code = "from django.conf import settings; settings.DEBUG; from portal import env; print(*sorted(env.read))"
    environment = variables(ROOT / ".ci" / "production.env") | {"DJANGO_SETTINGS_MODULE": "portal.settings.production"}
    return python("-c", code, environment=environment).stdout.split()


def complaints(environment: dict[str, str]) -> list[str]:
    settings = {"DJANGO_SETTINGS_MODULE": "portal.settings.production"}
    done = python("manage.py", "check", environment=settings | environment)
    assert done.returncode == 78, done.stderr
    return done.stderr.splitlines()


def python(*arguments: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(BIN / "python"), *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_table_in_the_docs_has_every_variable_and_no_other():
    text = "".join((ROOT / "docs" / f"{name}.md").read_text() for name in ("deploying", "limits-and-switches"))
    rows = [line.split("|")[1] for line in text.splitlines() if re.match(r"\| `[A-Z]", line)]
    documented = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)}
    assert documented == set(names_read()), (
        "a new variable needs a row in docs/deploying.md, a limit in docs/limits-and-switches.md"
    )


def test_the_docs_have_every_check_with_its_id():
    source = "".join(path.read_text() for path in (ROOT / "portal").glob("*.py"))
    ids = set(re.findall(r"gatehouse\.([EW]\d{3})", source))
    ids |= {f"E{int(n):03}" for n in re.findall(r"\berror\((\d+),", source)}
    ids |= {f"W{int(n):03}" for n in re.findall(r"\bwarning\((\d+),", source)}
    documented = set(re.findall(r"^\| `([EW]\d{3})`", (ROOT / "docs" / "deploying.md").read_text(), re.M))
    assert len(ids) > 20 and documented == ids, "a new check needs a row"


@pytest.mark.parametrize(
    "wrong",
    [
        {"WEB_PORT": "http", "ACCESS_TOKEN_MINUTES": "soon", "LEGACY_SUNSET": "tomorrow", "SSL_REDIRECT": "perhaps"},
        {"GATEHOUSE_ISSUER": "id.example.com", "DATABASE_URL": "mysql://x/y", "REDIS_URL": "memcached://x"},
        {"DATABASE_URL": "postgres://x/y?sslmode=please"},
        {"DATABASE_URL": "postgres://x:port/y"},
        {"DATABASE_URL": "postgres://x/y?ssl=1"},
        {"ENTRA_LOGIN_URL": "https://[::1", "EMAIL_SECURITY": "ssl"},
        {"ENTRA_CLIENT_SECRET_FILE": "/does/not/exist"},
        {"LIMIT_TOKEN_PER_CLIENT": "many", "LIMIT_LEAKS_PER_ADDRESS": "30/day", "WEB_WORKERS": "two"},
    ],
)
def test_all_that_is_wrong_is_said_at_once_in_a_line_each(wrong):
    good = variables(ROOT / ".ci" / "production.env")
    said = complaints({name: value for name, value in good.items() if f"{name}_FILE" not in wrong} | wrong)
    assert len(said) == len(wrong), said
    for name in wrong:
        assert any(line.startswith(f"gatehouse: {name} ") for line in said), (name, said)


def test_a_secret_may_come_from_a_file_and_only_from_there(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_text("from the file\n")
    monkeypatch.setenv("X_FILE", str(path))
    assert env.text("X") == "from the file"
    monkeypatch.setenv("X", "from the environment")
    with pytest.raises(env.ImproperlyConfigured, match="both set"):
        env.text("X")
    monkeypatch.delenv("X")
    path.write_text("")
    with pytest.raises(env.ImproperlyConfigured, match="empty"):
        env.text("X")
