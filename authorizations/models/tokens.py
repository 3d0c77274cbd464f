"""Access tokens have no row. Those revoked one by one are remembered here until they would have ended anyway."""

import uuid

from django.db import models


class RevokedAccessToken(models.Model):
    jti = models.UUIDField(primary_key=True, default=uuid.uuid4)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.jti)
