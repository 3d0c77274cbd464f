"""The page for whoever asked too often."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """RFC 6585 §4."""
    response = render(request, "errors/429.html", {"seconds": wait}, status=429)
    response["Retry-After"] = str(wait)
    return response
