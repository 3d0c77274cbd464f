"""One error for the machine endpoints: a registered code, a public description, a status and headers."""

from datetime import datetime

from authorizations import brown_outs, explaining, pauses
from authorizations.explaining import Code, Denial
from authorizations.policy import Reason
from authorizations.protocol.http import Answer, json_answer


class OAuthError(Exception):
    """RFC 6749 §5.2. `description` goes outside: no secrets, no internals. `why`: the address of the page that explains
    it, or the code of the page where that is another than the error's own."""

    def __init__(
        self,
        code: str,
        description: str,
        *,
        status: int = 400,
        challenge: str = "",
        why: str | Code = "",
        retry_after: str = "",
        app: str = "",
    ) -> None:
        super().__init__(f"{code}: {description}")
        self.code, self.description, self.status, self.challenge = code, description, status, challenge
        self.why = _address(code, why)
        self.retry_after = retry_after
        # For the event log: the code of the page says more than the error's own; `app` is known, and proved nothing.
        self.reason, self.app = (why.value if isinstance(why, Code) else code), app

    def response(self) -> Answer:
        said = {"error": self.code, "error_description": self.description, "error_uri": self.why}
        answer = json_answer(said, self.status)
        answer["Cache-Control"] = "no-store"
        if self.challenge:
            answer["WWW-Authenticate"] = self.challenge
        return brown_outs.tell(answer, self.retry_after) if self.retry_after else answer


def _address(code: str, why: str | Code) -> str:
    if isinstance(why, Code):
        return explaining.page(why)
    return why or explaining.page(explaining.OF_ERRORS.get(code, Denial.REQUEST_NOT_VALID))


def invalid_client(description: str, why: Code = Denial.CLIENT_NOT_RECOGNIZED, app: str = "") -> OAuthError:
    challenge = 'Basic realm="Gatehouse", charset="UTF-8"'
    return OAuthError("invalid_client", description, status=401, challenge=challenge, why=why, app=app)


def unavailable(reason: Reason, now: datetime) -> OAuthError:
    """For what passes. RFC 6749 names the code for the authorization endpoint (§4.1.2.1); with 503 and Retry-After it
    tells every client the same: keep what you have, and come back."""
    pause = pauses.of(reason, now)
    return OAuthError("temporarily_unavailable", pause.sentence, status=503, why=reason, retry_after=pause.seconds)


def method_not_allowed(*allowed: str) -> Answer:
    answer = OAuthError("invalid_request", f"Use {' or '.join(allowed)}.", status=405).response()
    answer["Allow"] = ", ".join(allowed)
    return answer
