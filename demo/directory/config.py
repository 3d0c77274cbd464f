"""Settings of the simulated directory, from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 8001
DEFAULT_CLIENT_ID = "7b1e3c52-5f0a-4f0e-9d3c-0c6a1f2b8e11"
DEFAULT_CLIENT_SECRET = "directory-demo-secret"
DEFAULT_REDIRECT_URIS = "http://localhost:8000/accounts/microsoft/login/callback/"
DEFAULT_STATE = "var/directory"


@dataclass(frozen=True)
class Config:
    """The address of the directory and the one app that is registered with it: the portal."""

    port: int
    base: str
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    state: Path


def from_environment(port: int) -> Config:
    read = os.environ.get
    return Config(
        port=port,
        base=read("DIRECTORY_BASE_URL", f"http://localhost:{port}").rstrip("/"),
        client_id=read("DIRECTORY_CLIENT_ID", DEFAULT_CLIENT_ID),
        client_secret=read("DIRECTORY_CLIENT_SECRET", DEFAULT_CLIENT_SECRET),
        redirect_uris=tuple(read("DIRECTORY_REDIRECT_URIS", DEFAULT_REDIRECT_URIS).split()),
        state=Path(read("DIRECTORY_STATE", DEFAULT_STATE)),
    )
