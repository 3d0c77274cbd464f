"""Redis for the cache and the broker: short patience, because a page must not wait for what it can do without."""

from typing import Any

PATIENCE = {
    "socket_connect_timeout": 1.0,
    "socket_timeout": 1.0,
    "socket_keepalive": True,
    "health_check_interval": 30,  # a connection that the server closed while it was idle is found before it is used
}


def cache(url: str) -> dict[str, Any]:
    return {
        "BACKEND": "portal.cache.PatientRedisCache",
        "LOCATION": url,
        "KEY_PREFIX": "gatehouse",
        "OPTIONS": dict(PATIENCE),
    }


def broker_options() -> dict[str, Any]:
    """Longer than a job may run, so that Redis hands no job out twice; jobs could bear it."""
    return PATIENCE | {"socket_timeout": 30.0, "retry_on_timeout": True, "visibility_timeout": 900}
