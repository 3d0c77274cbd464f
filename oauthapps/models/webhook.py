"""Where an app wants to be told by machine, and how it can tell that it was us."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from oauthapps.digests import derived
from oauthapps.models.application import Application


class AppWebhook(models.Model):
    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="webhook")
    address = models.CharField(max_length=2000)
    # The signing key is computed from this and from a key of the server: nothing usable is stored.
    key_version = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("webhook")

    def __str__(self) -> str:
        return f"webhook of {self.application}"

    @property
    def signing_key(self) -> str:
        """43 URL-safe characters; shown when it is made, never in a list."""
        return "whk_" + derived("webhook-key", f"{self.application_id}.{self.key_version}")
