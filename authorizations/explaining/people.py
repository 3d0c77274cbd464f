"""Refusals about a person, what they approved, and the app itself: the policy's first rules."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from authorizations.explaining.shape import Code, Explanation, Step, Who
from authorizations.policy import Reason

PEOPLE: Mapping[Code, Explanation] = {
    Reason.APP_DISABLED: Explanation(
        title=_("The service is switched off"),
        refused=_("This portal refused: the people who run it switched the service off."),
        rule=_("A service that is switched off may neither ask for access nor use what it has."),
        todo=_("Ask the makers of the service what happened. They can ask the people who run this portal."),
        who=(Who.OPERATIONS,),
        steps=(Step.AUTHORIZATION, Step.APP_SETTINGS),
    ),
    Reason.MODEL_ENDED: Explanation(
        title=_("The legacy model has ended"),
        refused=_("This portal refused: the service still uses the legacy model, which has ended."),
        rule=_("After its announced end, the legacy model issues nothing and accepts nothing."),
        todo=_("Ask the makers of the service for the version that uses the standard model."),
        who=(Who.OWNERS,),
        steps=(Step.AUTHORIZATION, Step.APP_MIGRATION),
    ),
    Reason.BROWN_OUT: Explanation(
        title=_("The legacy model is paused"),
        refused=_("This portal refused for a while: the service uses the legacy model, which is paused as announced."),
        rule=_(
            "Announced pauses show what will stop when the legacy model ends. Nothing is lost: all of it works again afterwards."
        ),
        todo=_(
            "Wait until the pause is over and try again. The makers of the service should move to the standard model."
        ),
        who=(Who.TIME, Who.OWNERS),
        steps=(Step.APP_MIGRATION,),
    ),
    Reason.SECRET_ENDED: Explanation(
        title=_("The service's secret has ended"),
        refused=_("This portal refused: the secret that the service had signed in with expired or was ended."),
        rule=_("What was issued with a secret ends together with it."),
        todo=_("The makers of the service have to use a new secret; then the service connects again."),
        who=(Who.OWNERS,),
        steps=(Step.APP_SECRETS, Step.AUTHORIZATION),
    ),
    Reason.PERSON_INACTIVE: Explanation(
        title=_("The account is switched off"),
        refused=_("This portal refused: the account of the person whom the service acts for is switched off."),
        rule=_("Nothing may act for somebody whose account is switched off."),
        todo=_("Ask the people who run this portal to switch the account on again."),
        who=(Who.OPERATIONS,),
    ),
    Reason.SCOPE_NOT_REGISTERED: Explanation(
        title=_("The service is not registered for this permission"),
        refused=_("This portal refused: the service asked for a permission that its makers did not register."),
        rule=_("A service may ask only for the permissions that stand in its registration."),
        todo=_("The makers of the service can add the permission to its registration."),
        who=(Who.OWNERS,),
        steps=(Step.APP_SETTINGS,),
    ),
    Reason.NOT_AUTHORIZED: Explanation(
        title=_("Nobody approved this"),
        refused=_("This portal refused: the person has not approved the service."),
        rule=_("A service acts for a person only after that person approved it."),
        todo=_("Start at the service and connect it; you are then asked whether you approve."),
        who=(Who.PERSON,),
        steps=(Step.AUTHORIZATION,),
    ),
    Reason.AUTHORIZATION_REVOKED: Explanation(
        title=_("The approval was taken back"),
        refused=_("This portal refused: what the person had approved was revoked."),
        rule=_("Revoking stops a service at once, everywhere."),
        todo=_("If the service should act for you again, start at the service and connect it."),
        who=(Who.PERSON,),
        steps=(Step.AUTHORIZATION,),
    ),
    Reason.AUTHORIZATION_EXPIRED: Explanation(
        title=_("The approval is over"),
        refused=_("This portal refused: the time that the person approved the service for is over."),
        rule=_("An approval with an end counts until then and not longer."),
        todo=_("If the service should act for you again, start at the service and connect it."),
        who=(Who.PERSON,),
        steps=(Step.AUTHORIZATION,),
    ),
    Reason.CONNECTION_REVOKED: Explanation(
        title=_("The connection was ended"),
        refused=_(
            "This portal refused: this connection of the service was ended. Other connections of it may still work."
        ),
        rule=_("A connection that was ended, by the person, the service or for safety, accepts nothing any more."),
        todo=_("Connect the service again from the device or server where it was refused."),
        who=(Who.PERSON,),
        steps=(Step.AUTHORIZATION,),
    ),
    Reason.CONNECTION_EXPIRED: Explanation(
        title=_("The connection is too old"),
        refused=_("This portal refused: this connection of the service has reached its longest life."),
        rule=_("Every connection ends after a fixed time, whether it is used or not."),
        todo=_("Connect the service again. What you approved still stands, so you are usually not asked."),
        who=(Who.PERSON,),
        steps=(Step.AUTHORIZATION,),
    ),
    Reason.TOKEN_REVOKED: Explanation(
        title=_("This access token was given back"),
        refused=_("This portal refused: the service itself gave this access token back."),
        rule=_("A token that was revoked by its service is not accepted any more."),
        todo=_("The service has to get a new access token."),
        who=(Who.OWNERS,),
        steps=(Step.AUTHORIZATION,),
    ),
    Reason.SCOPE_NOT_CONSENTED: Explanation(
        title=_("The person did not approve this permission"),
        refused=_(
            "This portal refused: the service tried something that the person did not approve, or dropped since."
        ),
        rule=_("A service may do what its person approved, and nothing beyond that."),
        todo=_("If you want to allow it, start at the service: it can ask you for more."),
        who=(Who.PERSON,),
        steps=(Step.AUTHORIZATION,),
    ),
}
