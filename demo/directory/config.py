"""Settings of the simulated directory, from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    port: int
    base: str
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    state: Path


def from_environment() -> Config:
    port = int(os.environ.get("DIRECTORY_PORT", "8001"))
    return Config(
        port=port,
        base=os.environ.get("DIRECTORY_BASE_URL", f"http://localhost:{port}"),
        client_id=os.environ.get("DIRECTORY_CLIENT_ID", "7b1e3c52-5f0a-4f0e-9d3c-0c6a1f2b8e11"),
        client_secret=os.environ.get("DIRECTORY_CLIENT_SECRET", "directory-demo-secret"),
        redirect_uris=tuple(
            os.environ.get(
                "DIRECTORY_REDIRECT_URIS", "http://localhost:8000/accounts/microsoft/login/callback/"
            ).split()
        ),
        state=Path(os.environ.get("DIRECTORY_STATE", "var/directory")),
    )
