"""Signing keys: the public part in clear, the private part encrypted with a key from the environment."""

from django.db import models


class SigningKey(models.Model):
    kid = models.CharField(max_length=64, primary_key=True)
    algorithm = models.CharField(max_length=8)
    public_jwk = models.JSONField()
    private_key = models.TextField(editable=False)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["algorithm"], condition=models.Q(retired_at=None), name="one_current_signing_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid}"
