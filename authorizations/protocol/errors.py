"""One error for the machine endpoints: a registered code, a public description, a status and headers."""

from django.http import JsonResponse


class OAuthError(Exception):
    """RFC 6749 §5.2. `description` goes outside: no secrets, no internals."""

    def __init__(self, code: str, description: str, *, status: int = 400, challenge: str = "") -> None:
        super().__init__(f"{code}: {description}")
        self.code, self.description, self.status, self.challenge = code, description, status, challenge

    def response(self) -> JsonResponse:
        answer = JsonResponse({"error": self.code, "error_description": self.description}, status=self.status)
        answer["Cache-Control"] = "no-store"
        if self.challenge:
            answer["WWW-Authenticate"] = self.challenge
        return answer


def invalid_client(description: str) -> OAuthError:
    return OAuthError("invalid_client", description, status=401, challenge='Basic realm="Gatehouse", charset="UTF-8"')


def method_not_allowed(*allowed: str) -> JsonResponse:
    answer = JsonResponse({"error": "invalid_request", "error_description": f"Use {' or '.join(allowed)}."}, status=405)
    answer["Allow"] = ", ".join(allowed)
    return answer
