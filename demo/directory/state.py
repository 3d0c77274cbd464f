"""The parts of one running directory, for the endpoints to reach."""

from dataclasses import dataclass, field

from flask import current_app

from demo.directory.accounts import Account
from demo.directory.config import Config
from demo.directory.keys import Signer
from demo.directory.store import Controls, Store


@dataclass(frozen=True)
class Directory:
    config: Config
    accounts: dict[str, Account]
    signer: Signer
    store: Store = field(default_factory=Store)
    controls: Controls = field(default_factory=Controls)


def directory() -> Directory:
    here: Directory = current_app.extensions["directory"]
    return here
