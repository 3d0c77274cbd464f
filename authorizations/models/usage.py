"""How much the legacy wire format is still used, per app and day."""

from django.db import models

from oauthapps.models import Application


class LegacyUsage(models.Model):
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="legacy_usage")
    day = models.DateField()
    endpoint = models.CharField(max_length=16)
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "day", "endpoint"], name="one_legacy_count")]

    def __str__(self) -> str:
        return f"{self.endpoint} on {self.day}: {self.calls}"
