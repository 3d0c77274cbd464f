"""Refusals about personal access tokens: using one, and making one."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from authorizations.explaining.denials import Denial
from authorizations.explaining.shape import Code, Explanation, Step, Who
from authorizations.policy import Reason

_ORGANIZATION = (Who.PERSON, Who.ADMINISTRATORS)
_STEPS = (Step.PERSONAL_TOKENS, Step.POLICIES)

TOKENS: Mapping[Code, Explanation] = {
    Reason.TOKEN_FULL_SCOPE: Explanation(
        title=_("No personal tokens with full access"),
        refused=_("The organization refused: the personal access token has full access."),
        rule=_("A policy of the organization refuses personal tokens that may do everything."),
        todo=_("Make a personal token with just the permissions that the tool needs."),
        who=_ORGANIZATION,
        steps=_STEPS,
    ),
    Reason.TOKEN_ALL_ORGANIZATIONS: Explanation(
        title=_("No personal tokens for all organizations"),
        refused=_("The organization refused: the personal access token was made for every organization of its person."),
        rule=_("A policy of the organization refuses personal tokens that are not limited to one organization."),
        todo=_("Make a personal token for this organization alone."),
        who=_ORGANIZATION,
        steps=_STEPS,
    ),
    Reason.TOKEN_LIFE_TOO_LONG: Explanation(
        title=_("The personal token lives too long"),
        refused=_("The organization refused: the personal access token is older, or would get older, than it accepts."),
        rule=_("A policy of the organization lets personal tokens live for so many days."),
        todo=_("Make a personal token with a shorter life, or make this one anew."),
        who=_ORGANIZATION,
        steps=_STEPS,
    ),
    Reason.TOKEN_IDLE: Explanation(
        title=_("The personal token was not used for too long"),
        refused=_("The organization refused: the personal access token was not used for longer than it accepts."),
        rule=_("A policy of the organization ends personal tokens that nobody uses."),
        todo=_("Make the personal token anew if you still need it; revoke it if you do not."),
        who=_ORGANIZATION,
        steps=_STEPS,
    ),
    Reason.TOKEN_SHUT_OUT: Explanation(
        title=_("The personal token was ended in the organization"),
        refused=_("The organization refused: an administrator ended the personal access token there."),
        rule=_("An administrator can end any personal token in the organization; elsewhere the token may still work."),
        todo=_("Ask an administrator why. If you may, make a new personal token."),
        who=_ORGANIZATION,
        steps=(Step.PERSONAL_TOKENS, Step.TOKENS),
    ),
    Denial.TOKEN_CREATION_OFF: Explanation(
        title=_("Nobody may make personal tokens"),
        refused=_("The organization refused: it lets nobody make personal access tokens."),
        rule=_("A policy of the organization says who may make personal tokens: nobody at present."),
        todo=_("Use a service that asks for your approval instead, or ask an administrator of the organization."),
        who=(Who.ADMINISTRATORS,),
        steps=_STEPS,
    ),
    Denial.TOKEN_CREATION_LISTED: Explanation(
        title=_("Only some people may make personal tokens"),
        refused=_(
            "The organization refused: the person is not on its list of people who may make personal access tokens."
        ),
        rule=_("A policy of the organization lets only listed people make personal tokens."),
        todo=_("Ask an administrator of the organization to put you on the list."),
        who=(Who.ADMINISTRATORS,),
        steps=(*_STEPS, Step.MEMBERS),
    ),
    Denial.TOKEN_CREATION_PACKAGING: Explanation(
        title=_("Personal tokens for packaging only"),
        refused=_(
            "The organization refused: personal access tokens may have packaging permissions there, and no others."
        ),
        rule=_("A policy of the organization limits new personal tokens to packaging permissions."),
        todo=_("Choose packaging permissions alone, or ask an administrator of the organization."),
        who=(Who.PERSON, Who.ADMINISTRATORS),
        steps=_STEPS,
    ),
    Denial.APP_TOKEN_NEEDED: Explanation(
        title=_("A personal token is not accepted here"),
        refused=_(
            "This portal refused: personal access tokens are made and changed with the token of a service in the standard model, or on the page."
        ),
        rule=_(
            "A personal token never makes, shows or changes personal tokens: whoever finds one must not get others with it."
        ),
        todo=_("Use the page for personal tokens, or call with the access token of a service in the standard model."),
        who=(Who.PERSON, Who.OWNERS),
        steps=(Step.PERSONAL_TOKENS,),
        standing=False,
    ),
}
