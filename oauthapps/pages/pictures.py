"""Serves the pictures of apps, as we drew them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from oauthapps.models import ApplicationLogo

# Were it ever opened as a page: it may load and run nothing.
POLICY = "default-src 'none'; sandbox"


@require_safe
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    """The address names the bytes, so they may be kept for ever; anybody may see them, as on an approval page."""
    image = ApplicationLogo.objects.filter(digest=digest).values_list("image", flat=True).first()
    if image is None:
        raise Http404
    response = HttpResponse(bytes(image), content_type="image/png")
    response["Content-Disposition"] = f'inline; filename="{digest[:12]}.png"'
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
