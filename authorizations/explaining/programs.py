"""Refusals of what programs send: tokens, codes, secrets. Mostly for developers; people read what they can do."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from authorizations.explaining.denials import Denial
from authorizations.explaining.shape import Code, Explanation, Step, Who


def _once(title: Any, refused: Any, rule: Any, todo: Any, *who: Who, steps: tuple[Step, ...] = ()) -> Explanation:
    """About one value that was sent: the next one may be good."""
    return Explanation(title, refused, rule, todo, who or (Who.OWNERS,), steps, standing=False)


_AGAIN = _("Start a new authorization request; the person is usually not asked again.")

PROGRAMS: Mapping[Code, Explanation] = {
    Denial.TOKEN_MISSING: _once(
        _("No token was sent"),
        _("This portal refused: the call came without an access token."),
        _("Every call carries a token in the Authorization header."),
        _("Send “Authorization: Bearer” with an access token, or a personal access token as the password of Basic."),
    ),
    Denial.TOKEN_NOT_VALID: _once(
        _("The token is not valid or has expired"),
        _("This portal refused: the token is not one of ours, was changed or cut off, or its time is over."),
        _("Access tokens live for an hour or so; a service gets the next one with its refresh token."),
        _("Get a new token. If a new one is refused too, connect the service again."),
        Who.OWNERS,
        Who.PERSON,
    ),
    Denial.PERSON_NEEDED: _once(
        _("The token belongs to no person"),
        _("This portal refused: the service called with a token of its own, and this is about a person's data."),
        _("What a service gets for itself reaches no person's data."),
        _("Call with an access token that a person's approval led to."),
    ),
    Denial.INSUFFICIENT_SCOPE: Explanation(
        _("The token lacks a permission"),
        _("This portal refused: the token does not carry the permission that the call needs."),
        _("Each call needs one permission, and the token must have it or one that includes it."),
        _(
            "The service asks for the permission, the person approves, and the service uses the new token. A personal token can be given the permission on its page."
        ),
        (Who.OWNERS, Who.PERSON),
        (Step.AUTHORIZATION, Step.PERSONAL_TOKENS, Step.APP_SETTINGS),
    ),
    Denial.SOMEBODY_ELSES: _once(
        _("That belongs to somebody else"),
        _("This portal refused: the call asked for what belongs to another person."),
        _("A token shows and changes what is its own person's."),
        _("Ask for the person of the token: leave the id out, or send “me”."),
    ),
    Denial.CLIENT_NOT_RECOGNIZED: _once(
        _("The app was not recognized"),
        _("This portal refused: the app ID is not known, or its secret is wrong or has ended."),
        _("An app signs in with its app ID and a secret that counts now."),
        _(
            "Compare the app ID and the secret with those on the page Secrets of the app. A lost secret is replaced, never shown again."
        ),
        steps=(Step.APP_SECRETS,),
    ),
    Denial.PUBLIC_CLIENT: _once(
        _("A public app has no rights of its own"),
        _("This portal refused: the app has no secret, so nobody can tell that it is the app."),
        _("client_credentials and introspection are for apps that can keep a secret."),
        _("Register the app as confidential, or act for a person."),
    ),
    Denial.GRANT_TYPE_NOT_KNOWN: _once(
        _("The token request is of an unknown kind"),
        _("This portal refused: grant_type is missing, or is not one that this endpoint knows."),
        _("The discovery document says which kinds there are."),
        _("Send one of the kinds that the description of the error names."),
    ),
    Denial.CODE_UNKNOWN: _once(
        _("The authorization code is not known"),
        _("This portal refused: the code was never issued, was cut off, or belongs to another app."),
        _("A code is exchanged by the app that it was issued to."),
        _AGAIN,
    ),
    Denial.CODE_EXPIRED: _once(
        _("The authorization code has expired"),
        _("This portal refused: the code was exchanged too late."),
        _("A code is good for at most a minute."),
        _AGAIN,
    ),
    Denial.CODE_SPENT: _once(
        _("The authorization code was used twice"),
        _("This portal refused the second use, and ended what the first one had issued."),
        _("A code is good for one exchange. A second one can mean that somebody copied it."),
        _AGAIN,
        steps=(Step.AUTHORIZATION,),
    ),
    Denial.REDIRECT_MISMATCH: _once(
        _("The return address changed on the way"),
        _("This portal refused: redirect_uri is not the one of the authorization request."),
        _("Both requests name the same address, character by character."),
        _("Send the redirect_uri of the authorization request with the code."),
    ),
    Denial.VERIFIER_MISSING: _once(
        _("code_verifier is missing"),
        _(
            "This portal refused: the authorization request carried a code_challenge, and the exchange no code_verifier."
        ),
        _("PKCE: who exchanges a code proves to be who asked for it."),
        _("Send the code_verifier that the code_challenge was made of."),
    ),
    Denial.VERIFIER_WRONG: _once(
        _("code_verifier does not fit"),
        _("This portal refused: the code_verifier does not belong to the code_challenge of the authorization request."),
        _("PKCE: who exchanges a code proves to be who asked for it."),
        _("Keep the code_verifier with the request that it was made for, and send that one."),
    ),
    Denial.REFRESH_UNKNOWN: _once(
        _("The refresh token is not known"),
        _("This portal refused: the refresh token was never issued, was cut off, or belongs to another app."),
        _("A refresh token is good for the app that it was issued to."),
        _AGAIN,
    ),
    Denial.REFRESH_OUTDATED: _once(
        _("The refresh token was used already"),
        _("This portal refused: each refresh token is replaced when it is used, and this is an older one."),
        _("An old refresh token that comes back later can mean that somebody copied it; then its connection is ended."),
        _("Always keep the newest refresh token. If the connection was ended, connect the service again."),
        Who.OWNERS,
        Who.PERSON,
        steps=(Step.AUTHORIZATION,),
    ),
    Denial.SCOPE_WIDER: _once(
        _("The service asked for more than it has"),
        _(
            "This portal refused: the scope of the token request is unknown, not registered, or goes beyond what was granted."
        ),
        _("A token never carries more than the person approved and the app registered."),
        _("Ask for less, or send the person through the authorization request for more."),
        steps=(Step.APP_SETTINGS,),
    ),
}
