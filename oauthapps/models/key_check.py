"""What tells whether the keys of the environment are those that this database was made with."""

from django.db import models


class KeyCheck(models.Model):
    """A value that only the right key can compute; the key cannot be found from it."""

    variable = models.CharField(max_length=64, primary_key=True)
    value = models.CharField(max_length=64)
    stored_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.variable
