"""What is remembered about consent and tokens."""

from authorizations.models.authorization import Authorization, Connection
from authorizations.models.codes import AuthorizationCode
from authorizations.models.keys import SigningKey
from authorizations.models.tokens import RevokedAccessToken
from authorizations.models.usage import LegacyUsage

__all__ = ["Authorization", "AuthorizationCode", "Connection", "LegacyUsage", "RevokedAccessToken", "SigningKey"]
