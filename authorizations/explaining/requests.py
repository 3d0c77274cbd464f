"""Refusals of authorization requests: what a service asked a person's browser for."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from authorizations.explaining.denials import Denial
from authorizations.explaining.shape import Code, Explanation, Step, Who

REQUESTS: Mapping[Code, Explanation] = {
    Denial.APP_UNKNOWN: Explanation(
        title=_("The service is not known here"),
        refused=_("This portal refused: no service with this app ID is registered here."),
        rule=_("Only registered services may ask people for access."),
        todo=_(
            "Go back to the service and tell its makers. They can compare the app ID with the one on its page here."
        ),
        who=(Who.OWNERS,),
        standing=False,
    ),
    Denial.APP_DELETED: Explanation(
        title=_("The service no longer exists"),
        refused=_("This portal refused: the makers of the service deleted it here."),
        rule=_("A service that was deleted can no longer ask for access, and what it had has ended."),
        todo=_("Go to the service's own site, or ask its makers what replaces it."),
        who=(Who.OWNERS,),
        steps=(Step.AUTHORIZATION,),
        standing=False,
    ),
    Denial.OTHER_MODEL: Explanation(
        title=_("The service used the other model's address"),
        refused=_("This portal refused: the service is registered for one model and called an endpoint of the other."),
        rule=_("The legacy and the standard model have endpoints of their own, and each app belongs to one model."),
        todo=_("The makers of the service find the right endpoints on its page here."),
        who=(Who.OWNERS,),
        steps=(Step.APP_SETTINGS,),
        standing=False,
    ),
    Denial.CALLBACK_NOT_REGISTERED: Explanation(
        title=_("The return address is not registered"),
        refused=_("This portal refused: the service wanted the answer at an address that it did not register."),
        rule=_(
            "Answers go to a registered address alone, compared character by character. Anything else could send your answer to somebody posing as the service."
        ),
        todo=_("Go back to the service and tell its makers. They can add the exact address to its registration."),
        who=(Who.OWNERS,),
        steps=(Step.APP_SETTINGS,),
        standing=False,
    ),
    Denial.REQUEST_NOT_VALID: Explanation(
        title=_("The request is not complete or not valid"),
        refused=_("This portal refused: the request of the service could not be understood."),
        rule=_("A request carries what its specification asks for, each parameter once."),
        todo=_("The description of the error says what is wrong. If you only used the service, tell its makers."),
        who=(Who.OWNERS,),
        standing=False,
    ),
    Denial.SCOPE_NOT_KNOWN: Explanation(
        title=_("The service asked for permissions it cannot have"),
        refused=_(
            "This portal refused: a permission that the service asked for is missing, unknown, or not in its registration."
        ),
        rule=_(
            "A service names the permissions that it needs, each from the list of this portal and from its own registration."
        ),
        todo=_("The makers of the service can correct the request, or add the permission to its registration."),
        who=(Who.OWNERS,),
        steps=(Step.APP_SETTINGS,),
        standing=False,
    ),
    Denial.ACCESS_DENIED: Explanation(
        title=_("The person did not approve"),
        refused=_("The person said no, or may not say yes."),
        rule=_("Nothing is given without the approval of the person."),
        todo=_("There is nothing to repair. Whoever wants to approve after all, starts at the service again."),
        who=(Who.PERSON,),
        steps=(Step.AUTHORIZATION,),
        standing=False,
    ),
    Denial.LOGIN_REQUIRED: Explanation(
        title=_("The person has to sign in"),
        refused=_("This portal refused to answer without a page: nobody is signed in, or not recently enough."),
        rule=_(
            "With “prompt=none” a service asks for an answer without any page. That works only for somebody who is signed in."
        ),
        todo=_("The service sends the person here once more, without “prompt=none”."),
        who=(Who.OWNERS, Who.PERSON),
        standing=False,
    ),
    Denial.CONSENT_REQUIRED: Explanation(
        title=_("The person has to be asked"),
        refused=_("This portal refused to answer without a page: the person has not approved all of this yet."),
        rule=_(
            "With “prompt=none” a service asks for an answer without any page. That works only for what was approved before."
        ),
        todo=_("The service sends the person here once more, without “prompt=none”."),
        who=(Who.OWNERS, Who.PERSON),
        steps=(Step.AUTHORIZATION,),
        standing=False,
    ),
    Denial.APPROVAL_PAGE_EXPIRED: Explanation(
        title=_("The approval page is over"),
        refused=_("This portal refused the answer: the page was open too long, or it was opened by another account."),
        rule=_("An approval counts from the page that was shown to the same person shortly before."),
        todo=_("Go back to the service and connect it again."),
        who=(Who.PERSON,),
        standing=False,
    ),
    Denial.APPROVAL_PAGE_UNREADABLE: Explanation(
        title=_("The answer did not come from an approval page"),
        refused=_("This portal refused the answer: it does not belong to a page that was shown here."),
        rule=_("An approval counts from a page of this portal alone, so that nobody can press the button for you."),
        todo=_("Go back to the service and connect it again."),
        who=(Who.PERSON,),
        standing=False,
    ),
    Denial.ALREADY_ANSWERED: Explanation(
        title=_("The request was answered already"),
        refused=_("This portal refused the second answer: the first one was used."),
        rule=_("Each approval page is answered once."),
        todo=_("Go back to the service: it has your first answer. What it may do is on your Authorizations page."),
        who=(Who.PERSON,),
        steps=(Step.AUTHORIZATION,),
        standing=False,
    ),
}
