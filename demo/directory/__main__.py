"""`python -m demo.directory`."""

import logging

from demo.directory.app import create_app
from demo.directory.config import DEFAULT_PORT, from_environment
from demo.sample_service.serving import run

if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    run(
        "Simulated directory",
        port_variable="DIRECTORY_PORT",
        default_port=DEFAULT_PORT,
        build=lambda port: create_app(from_environment(port)),
    )
