"""Authorization codes: a digest that lives a minute and is spent once."""

import uuid

from django.db import models

from authorizations.models.authorization import Authorization


class AuthorizationCode(models.Model):
    digest = models.CharField(max_length=64, primary_key=True)
    authorization = models.ForeignKey(Authorization, on_delete=models.CASCADE, related_name="codes")
    # One approval page makes one live code: a double click on Accept replaces it in place.
    ticket = models.UUIDField(unique=True, default=uuid.uuid4)
    scopes = models.JSONField(default=list)
    redirect_uri = models.TextField()
    code_challenge = models.CharField(max_length=128, blank=True)
    nonce = models.CharField(max_length=255, blank=True)
    auth_time = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)
    # The connection it became, so that a replay can end what the code issued (RFC 6749 §4.1.2).
    connection_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"code of {self.created_at:%Y-%m-%d %H:%M:%S}"
