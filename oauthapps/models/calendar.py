"""The link that a calendar program reads secret expiries with: it has no session, so the link carries the right."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarFeed(models.Model):
    """One per person, kept as a digest. It opens the dates of the person's apps and nothing else."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("calendar link")

    def __str__(self) -> str:
        return f"calendar link of {self.person_id}"
