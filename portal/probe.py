"""Asks this machine's web process whether it can serve: `python -m portal.probe [live|ready]`. Ends with 0 or 1.

For health checks of containers: it needs nothing but Python, and names the issuer's host as a proxy would.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit


def main(kind: str = "ready") -> int:
    issuer = urlsplit(os.environ.get("GATEHOUSE_ISSUER", "https://localhost"))
    port = int(os.environ.get("WEB_PORT") or "8000")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", f"/health/{kind}", headers={"Host": issuer.netloc})
        answer = connection.getresponse()
        said = answer.read(500).decode(errors="replace")
    except OSError as error:
        sys.stderr.write(f"The portal does not answer on port {port}: {error}.\n")
        return 1
    sys.stdout.write(said + "\n")
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
