"""Where the portal is, and what this API registered there."""

from dataclasses import dataclass, field
from typing import Any

from demo.sample_service.config import address, read_config_file, text


@dataclass(frozen=True)
class Config:
    portal: str
    client_id: str
    client_secret: str = field(repr=False)

    @classmethod
    def from_environment(cls) -> "Config":
        return cls.from_values(read_config_file("RESOURCE_SERVER_CONFIG"))

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> "Config":
        return cls(address(values, "portal"), text(values, "client_id"), text(values, "client_secret"))
