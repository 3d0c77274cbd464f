"""Pictures of apps, each kept once under its own digest."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApplicationLogo(models.Model):
    """A picture as we drew it anew (oauthapps.pictures), never as it was uploaded."""

    digest = models.CharField(max_length=64, primary_key=True, editable=False)  # SHA-256 of the bytes, hexadecimal
    image = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("picture")

    def __str__(self) -> str:
        return self.digest[:12]
