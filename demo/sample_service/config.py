"""What Contoso needs to know: where the portal is, and the two registrations it made there."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class ConfigurationError(Exception):
    """Says in one line what is missing, for the person who starts the program."""


@dataclass(frozen=True)
class Client:
    client_id: str
    client_secret: str = field(repr=False)
    scope: str

    def document(self) -> dict[str, str]:
        return {"client_id": self.client_id, "client_secret": self.client_secret, "scope": self.scope}


@dataclass(frozen=True)
class Config:
    portal: str
    base_url: str
    resource_server: str
    standard: Client
    legacy: Client

    @classmethod
    def from_environment(cls) -> "Config":
        return cls.from_values(read_config_file("SAMPLE_SERVICE_CONFIG"))

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> "Config":
        return cls(
            portal=address(values, "portal"),
            base_url=address(values, "base_url"),
            resource_server=address(values, "resource_server"),
            standard=registration(values, "standard"),
            legacy=registration(values, "legacy"),
        )

    def client(self, model: str) -> Client:
        return self.standard if model == "standard" else self.legacy

    def document(self) -> dict[str, Any]:
        addresses = {name: getattr(self, name) for name in ("portal", "base_url", "resource_server")}
        return addresses | {"standard": self.standard.document(), "legacy": self.legacy.document()}


def read_config_file(variable: str) -> dict[str, Any]:
    path = os.environ.get(variable)
    if not path:
        raise ConfigurationError(f"{variable} is not set; it names a JSON file")
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{variable}: cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"{variable}: {path} is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise ConfigurationError(f"{variable}: {path} must hold a JSON object")
    return values


def text(values: dict[str, Any], key: str, *, within: str = "") -> str:
    value = values.get(key)
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"the configuration has no text for {within}{key}")
    return value


def address(values: dict[str, Any], key: str) -> str:
    value = text(values, key).rstrip("/")
    if not value.startswith(("http://", "https://")):
        raise ConfigurationError(f"the configuration's {key} must start with http:// or https://")
    return value


def registration(values: dict[str, Any], key: str) -> Client:
    section = values.get(key)
    if not isinstance(section, dict):
        raise ConfigurationError(f"the configuration has no section {key}")
    return Client(
        client_id=text(section, "client_id", within=f"{key}."),
        client_secret=text(section, "client_secret", within=f"{key}."),
        scope=text(section, "scope", within=f"{key}."),
    )


def write_config_file(path: Path, config: Config) -> None:
    """Beside the old file and then in its place: a program that is killed meanwhile finds one of the two, whole."""
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(config.document(), indent=2), encoding="utf-8")
    beside.replace(path)
