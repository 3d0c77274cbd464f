"""`python -m demo.directory`."""

import logging
import signal
import sys
import threading

from werkzeug.serving import make_server

from demo.directory.app import create_app
from demo.directory.config import from_environment


def main() -> None:
    config = from_environment()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    try:
        server = make_server("127.0.0.1", config.port, create_app(config), threaded=True)
    except (OSError, SystemExit):
        sys.exit(f"The simulated directory cannot use port {config.port}: it is busy.")
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


main()
