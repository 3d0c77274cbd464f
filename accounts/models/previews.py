"""What people, and organizations for them, have chosen among the preview features."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.organizations import Organization
from accounts.models.people import User


class PersonPreview(models.Model):
    """A person's own choice about a preview feature; it goes before what their organizations set."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="previews")
    feature = models.CharField(max_length=64)
    enabled = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "feature"], name="one_preview_per_person")]

    def __str__(self) -> str:
        return f"{self.feature} {'on' if self.enabled else 'off'} for {self.person_id}"


class OrganizationPreview(models.Model):
    """What an organization sets for its members; each of them may choose otherwise."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="previews")
    feature = models.CharField(max_length=64)
    enabled = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("preview feature")
        constraints = [models.UniqueConstraint(fields=["organization", "feature"], name="one_preview_per_organization")]

    def __str__(self) -> str:
        return f"{self.feature} {'on' if self.enabled else 'off'} in {self.organization_id}"
