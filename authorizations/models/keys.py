"""Signing keys: the public part in clear, the private part encrypted with a key from the environment."""

from django.db import models


class SigningKey(models.Model):
    kid = models.CharField(max_length=64, primary_key=True)
    algorithm = models.CharField(max_length=8)
    public_jwk = models.JSONField()
    private_key = models.TextField(editable=False)
    created_at = models.DateTimeField()
    # From when on it signs. None: it is published already, so that everybody knows it by the time it signs.
    current_from = models.DateTimeField(null=True, blank=True)
    # It signs no more, and its private part is gone; what it signed is still good.
    retired_at = models.DateTimeField(null=True, blank=True)
    # No longer published: what it signed has ended, or must not be trusted any more. Seals are still read with it.
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm"],
                condition=models.Q(retired_at=None, current_from__isnull=False),
                name="one_current_signing_key",
            ),
            models.UniqueConstraint(
                fields=["algorithm"],
                condition=models.Q(retired_at=None, current_from=None),
                name="one_next_signing_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid}"

    @property
    def stage(self) -> str:
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.retired_at is not None:
            return "retired"
        return "next" if self.current_from is None else "current"
