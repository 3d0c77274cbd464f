"""`/metrics`: the numbers of all processes of this machine, and what the database says, as Prometheus text."""

from django.http import HttpRequest, HttpResponse


def metrics(request: HttpRequest) -> HttpResponse:
    from portal.metrics import answer  # noqa: PLC0415  (1 MB of Prometheus' library, where nobody scrapes)

    return answer.metrics(request)
