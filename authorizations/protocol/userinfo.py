"""GET or POST /oauth2/v2.0/userinfo (OIDC Core §5.3). One statement."""

from django.utils import timezone

from authorizations import brown_outs, noticing
from authorizations.events.kinds import Kind
from authorizations.explaining import Denial
from authorizations.protocol import limited
from authorizations.protocol.bearer import BearerRefused, authenticate, why_of
from authorizations.protocol.errors import method_not_allowed
from authorizations.protocol.http import Answer, Request, json_answer
from authorizations.protocol.id_token import person_claims


def userinfo(request: Request) -> Answer:
    if request.method not in {"GET", "POST"}:
        return method_not_allowed("GET", "POST")
    now = timezone.now()
    try:
        access = limited.bearer(request, lambda: authenticate(request, now, endpoint="userinfo"))
        if "openid" not in access.granted:
            why = why_of(access.connection, Denial.INSUFFICIENT_SCOPE, now, ["openid"])
            raise BearerRefused(403, "insufficient_scope", "The scope openid was not granted.", why=why)
    except BearerRefused as refusal:
        noticing.refused(Kind.CALL_REFUSED, endpoint="userinfo", reason=refusal.code.value, now=now)
        answer = json_answer(
            {
                "error": refusal.error or "invalid_request",
                "error_description": refusal.description,
                "error_uri": refusal.why,
            },
            refusal.status,
        )
        if refusal.retry_after:
            return brown_outs.tell(answer, refusal.retry_after)
        answer["WWW-Authenticate"] = refusal.challenge
        return answer
    return json_answer(person_claims(access.connection.authorization.person, access.granted))
