from demo.resource_server.app import create_app
from demo.resource_server.config import Config
from demo.sample_service.serving import run

if __name__ == "__main__":
    run(
        "Contoso Reports API",
        port_variable="RESOURCE_SERVER_PORT",
        default_port=8003,
        build=lambda port: create_app(Config.from_environment(), resource=f"http://localhost:{port}"),
    )
