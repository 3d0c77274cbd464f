"""Refusals by the people who run the portal: kill switches, and limits of how many calls are answered."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from authorizations.explaining.denials import Denial
from authorizations.explaining.shape import Code, Explanation, Who
from authorizations.policy import Reason

_LATER = (Who.OPERATIONS, Who.TIME)

SWITCHES: Mapping[Code, Explanation] = {
    Reason.ISSUING_STOPPED: Explanation(
        title=_("Nothing new is given out for now"),
        refused=_("This portal refused for a while: the people who run it stopped giving out codes and tokens."),
        rule=_(
            "While this is on, no service is connected anew, no access is renewed, and no personal token is made. What works now goes on until its own end."
        ),
        todo=_(
            "Wait and try again. Services keep what they have and try again by themselves. You can still stop a service at any time."
        ),
        who=_LATER,
        standing=False,
    ),
    Reason.LEGACY_STOPPED: Explanation(
        title=_("The legacy model is stopped for now"),
        refused=_(
            "This portal refused for a while: the service uses the legacy model, which the people who run the portal stopped."
        ),
        rule=_(
            "While this is on, the legacy model answers nobody. Nothing is lost: all of it works again when it is over."
        ),
        todo=_("Wait and try again. The makers of the service should move to the standard model, which goes on."),
        who=(*_LATER, Who.OWNERS),
    ),
    Reason.READ_ONLY: Explanation(
        title=_("The portal is read-only for now"),
        refused=_("This portal refused for a while: the people who run it let nothing be changed at present."),
        rule=_(
            "While this is on, you can look at everything and change nothing, and nothing new is given out. One thing always works: stopping a service, a connection or a personal token."
        ),
        todo=_("Wait and try again. Nothing that you entered before was lost."),
        who=_LATER,
        standing=False,
    ),
    Denial.REGISTRATIONS_STOPPED: Explanation(
        title=_("No apps are registered for now"),
        refused=_("This portal refused for a while: the people who run it stopped the registration of apps."),
        rule=_("While this is on, no app is registered in any way. Apps that are registered go on as before."),
        todo=_("Wait and register the app later. Apps that are here can be changed, and their secrets rotated."),
        who=_LATER,
        standing=False,
    ),
    Denial.TOO_MANY_REQUESTS: Explanation(
        title=_("Too many calls in a short time"),
        refused=_("This portal refused for a moment: more calls came than it answers for one caller in that time."),
        rule=_(
            "Calls are counted for each app that proved who it is, and for each address where nobody did. A stranger who uses the name of an app never uses up what that app may do."
        ),
        todo=_(
            "Wait as many seconds as the header Retry-After says, then go on, more slowly. If the app needs more than that, ask the people who run this portal."
        ),
        who=(Who.TIME, Who.OWNERS, Who.OPERATIONS),
        standing=False,
    ),
}
