"""Refusals by an organization: membership, access level and its policies about services."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from authorizations.explaining.denials import Denial
from authorizations.explaining.shape import Code, Explanation, Step, Who
from authorizations.policy import Reason

# One explanation for both outside: which of the two it is, is told to the person alone.
_OUTSIDE = Explanation(
    title=_("Not a member, or not included"),
    refused=_("The organization is out of reach: the person does not belong to it, or left it out of the approval."),
    rule=_("A service reaches the organizations that its person belongs to and included, read anew at each call."),
    todo=_(
        "Check the name of the organization. If it is right, include it on the page of the service, or ask an administrator of the organization to make you a member."
    ),
    who=(Who.PERSON, Who.ADMINISTRATORS),
    steps=(Step.AUTHORIZATION,),
)

ORGANIZATIONS: Mapping[Code, Explanation] = {
    Reason.NOT_A_MEMBER: _OUTSIDE,
    Reason.ORGANIZATION_NOT_INCLUDED: _OUTSIDE,
    Reason.ACCESS_LEVEL_TOO_LOW: Explanation(
        title=_("The access level is too low"),
        refused=_("The organization refused: the person's access level there is not enough for this permission."),
        rule=_(
            "A service or token can never do more in an organization than the access level of its person is good for."
        ),
        todo=_("Ask an administrator of the organization for a higher access level."),
        who=(Who.ADMINISTRATORS,),
        steps=(Step.AUTHORIZATION, Step.MEMBERS),
    ),
    Reason.THIRD_PARTY_ACCESS_OFF: Explanation(
        title=_("The organization lets no service in"),
        refused=_("The organization refused: it does not let services act in it."),
        rule=_("The policy “Third-party application access via OAuth” is off."),
        todo=_(
            "Ask an administrator of the organization. Connecting the service again does not help while the policy is off."
        ),
        who=(Who.ADMINISTRATORS,),
        steps=(Step.AUTHORIZATION, Step.POLICIES),
    ),
    Reason.SERVICE_BLOCKED: Explanation(
        title=_("The organization blocked the service"),
        refused=_("The organization refused: it blocked this service."),
        rule=_("A service that an organization blocked may do nothing there, whoever approved it."),
        todo=_("Ask a reviewer or an administrator of the organization why, and whether they take the block back."),
        who=(Who.REVIEWERS, Who.ADMINISTRATORS),
        steps=(Step.AUTHORIZATION, Step.REVIEW, Step.SERVICES),
    ),
    Reason.PUBLISHER_NOT_VERIFIED: Explanation(
        title=_("The publisher is not verified"),
        refused=_("The organization refused: nobody verified who publishes the service."),
        rule=_("The policy “Only verified publishers” lets only services act whose publisher proved a domain."),
        todo=_(
            "The makers of the service can have their domain verified by the people who run this portal. Or an administrator of the organization can change the policy."
        ),
        who=(Who.OWNERS, Who.ADMINISTRATORS),
        steps=(Step.AUTHORIZATION, Step.POLICIES, Step.APP_SETTINGS),
    ),
    Reason.AUTHORIZATION_TOO_OLD: Explanation(
        title=_("It is time to approve the service again"),
        refused=_("The organization refused: the person approved the service too long ago."),
        rule=_(
            "The policy “Longest authorization” lets an approval count for so many days; then the person confirms it."
        ),
        todo=_("Approve the service again: start at the service, or renew it here."),
        who=(Who.PERSON, Who.ADMINISTRATORS),
        steps=(Step.RENEW, Step.AUTHORIZATION, Step.POLICIES),
    ),
    Reason.RULED_OUT: Explanation(
        title=_("Older tokens were ended by an administrator"),
        refused=_(
            "The organization refused: an administrator ended everything that was issued before a certain time with this permission."
        ),
        rule=_(
            "A revocation rule refuses every token that was issued before its instant and has one of its permissions."
        ),
        todo=_(
            "Connect the service again, or make the personal token anew: what is issued after the rule is not touched by it."
        ),
        who=(Who.PERSON, Who.ADMINISTRATORS),
        steps=(Step.AUTHORIZATION, Step.PERSONAL_TOKENS, Step.TOKENS),
    ),
    Reason.APPROVAL_NEEDED: Explanation(
        title=_("The organization has to approve the service first"),
        refused=_("The organization refused: it did not approve this service for this permission."),
        rule=_(
            "A policy of the organization asks that services, or their high-privilege permissions, are approved before they act."
        ),
        todo=_("Ask for the approval and say what you need the service for. Reviewers of the organization answer."),
        who=(Who.REVIEWERS, Who.ADMINISTRATORS),
        steps=(Step.ASK, Step.REVIEW, Step.AUTHORIZATION, Step.SERVICES, Step.POLICIES),
    ),
    Reason.SHUT_OUT: Explanation(
        title=_("The service was shut out for the person"),
        refused=_("The organization refused: an administrator ended what the service could do there for the person."),
        rule=_(
            "An administrator can end a service in the organization, for one member or for all. The approval stays elsewhere."
        ),
        todo=_(
            "If you still need the service there, let it back in on the page of what you approved, or approve it again."
        ),
        who=(Who.PERSON, Who.ADMINISTRATORS),
        steps=(Step.AUTHORIZATION, Step.SERVICES),
    ),
    Denial.ADMINISTRATORS_ONLY: Explanation(
        title=_("For administrators only"),
        refused=_("The organization refused: this is for its Project Collection Administrators."),
        rule=_("Settings, services, tokens and the audit of an organization are for its administrators alone."),
        todo=_("Ask an administrator of the organization to do it, or to make you an administrator."),
        who=(Who.ADMINISTRATORS,),
        steps=(Step.MEMBERS,),
    ),
    Denial.POLICY_SETTERS_ONLY: Explanation(
        title=_("For administrators with at least Basic"),
        refused=_(
            "The organization refused: policies are changed by administrators whose access level is Basic or higher."
        ),
        rule=_("An administrator who is a Stakeholder may look at the policies, and not change them."),
        todo=_("Ask another administrator to change the policy, or to raise your access level."),
        who=(Who.ADMINISTRATORS,),
        steps=(Step.MEMBERS,),
    ),
    Denial.REVIEWERS_ONLY: Explanation(
        title=_("For reviewers only"),
        refused=_("The organization refused: requests for services are answered by its reviewers."),
        rule=_("Administrators review, and the people whom they chose for it."),
        todo=_("Ask an administrator of the organization to make you a reviewer."),
        who=(Who.ADMINISTRATORS,),
        steps=(Step.MEMBERS,),
    ),
}
