"""One way to run a Contoso program: threaded, on loopback, ended by SIGTERM or SIGINT, broken starts told in one line."""

import os
import signal
import socket
import sys
from collections.abc import Callable

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from demo.sample_service.config import ConfigurationError

HOST = "127.0.0.1"


class QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The query stays out of the log: on the callback it carries the authorization code."""
        self.log("info", "%s %s %s", self.command, self.path.partition("?")[0], int(code))


def run(name: str, *, port_variable: str, default_port: int, build: Callable[[int], Flask]) -> None:
    # A shell that starts us in the background leaves SIGINT ignored, so both are set.
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, signal.default_int_handler)
    try:
        port = port_from_environment(port_variable, default_port)
        server = serve(build(port), port)
        print(f"{name} listens on http://localhost:{server.port}", flush=True)
        server.serve_forever()
    except ConfigurationError as error:
        sys.exit(f"{name}: {error}")
    except KeyboardInterrupt:
        sys.exit(0)


def port_from_environment(variable: str, default: int) -> int:
    value = os.environ.get(variable, str(default))
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise ConfigurationError(f"{variable} must be a port number, not {value!r}")
    return int(value)


def serve(app: Flask, port: int) -> BaseWSGIServer:
    # Bound here and not by Werkzeug, which explains a busy port in several lines and exits by itself.
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise ConfigurationError(f"cannot listen on port {port}: {error.strerror}") from error
        listener.listen(128)
        return make_server(HOST, port, app, threaded=True, request_handler=QuietHandler, fd=listener.fileno())
