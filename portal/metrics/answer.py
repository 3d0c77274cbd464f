"""Who may read the numbers, and the text. To everybody else the address does not exist."""

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from authorizations import meters
from authorizations.meters import folder
from portal.metrics.counted import Counted
from portal.metrics.standing import Standing
from portal.proxies import client_address


def metrics(request: HttpRequest) -> HttpResponse:
    if not may_read(request):
        return HttpResponse("Not found.", status=404, content_type="text/plain", headers={"Cache-Control": "no-store"})
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    return HttpResponse(text(), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})


def may_read(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return True
    try:
        address = ip_address(client_address(request.META))
    except ValueError:  # a Unix socket has none
        return False
    return any(address in network for network in settings.METRICS_NETWORKS)


def text() -> bytes:
    meters.writer.write()  # this process is up to date; the others are by two seconds
    registry = CollectorRegistry(auto_describe=False)
    if settings.METRICS_DIR:
        registry.register(Counted(folder.total(settings.METRICS_DIR)))
    registry.register(Standing())
    return generate_latest(registry)
