import os
from pathlib import Path

from demo.sample_service.app import create_app
from demo.sample_service.config import Config
from demo.sample_service.serving import run

if __name__ == "__main__":
    run(
        "Contoso Reports",
        port_variable="SAMPLE_SERVICE_PORT",
        default_port=8002,
        build=lambda port: create_app(Config.from_environment(), Path(os.environ["SAMPLE_SERVICE_CONFIG"])),
    )
