"""Apps that a person refused for good: they are not asked again."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from oauthapps.models import Application


class BlockedApp(models.Model):
    """Where a page would ask the person, the app is told `access_denied` instead. What it has already is untouched."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocked_apps")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="blocked_by")
    blocked_at = models.DateTimeField(_("refused for good"))

    class Meta:
        verbose_name = _("refused app")
        constraints = [models.UniqueConstraint(fields=["person", "application"], name="one_block_per_person_and_app")]

    def __str__(self) -> str:
        return f"{self.application} for {self.person}"
