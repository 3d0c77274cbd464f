"""One sentence for each reason of the policy, for developers: what the answers of the API say."""

from authorizations.policy import Reason

SENTENCES = {
    Reason.NOT_A_MEMBER: "The person does not belong to this organization, or left it out of the approval.",
    Reason.ORGANIZATION_NOT_INCLUDED: "The person does not belong to this organization, or left it out of the approval.",
    Reason.ACCESS_LEVEL_TOO_LOW: "The person's access level in this organization is too low for that.",
    Reason.THIRD_PARTY_ACCESS_OFF: "This organization lets no service act in it: third-party application access via OAuth is off.",
    Reason.SERVICE_BLOCKED: "This organization has blocked the service.",
    Reason.PUBLISHER_NOT_VERIFIED: "This organization lets only services of verified publishers act in it.",
    Reason.AUTHORIZATION_TOO_OLD: "This organization asks people to approve a service again from time to time, and that is due.",
    Reason.RULED_OUT: "An administrator of this organization ended what was issued before a certain time with this permission.",
    Reason.APPROVAL_NEEDED: "This organization has to approve the service before it may do that.",
    Reason.SHUT_OUT: "An administrator of this organization ended what the service could do here for the person, who can approve it again.",
    Reason.TOKEN_SHUT_OUT: "An administrator of this organization ended the personal access token here.",
    Reason.TOKEN_FULL_SCOPE: "This organization accepts no personal access tokens with full access.",
    Reason.TOKEN_ALL_ORGANIZATIONS: "This organization accepts no personal access tokens that were made for all organizations.",
    Reason.TOKEN_LIFE_TOO_LONG: "The personal access token is older than this organization accepts.",
    Reason.TOKEN_IDLE: "The personal access token was not used for longer than this organization accepts.",
}


def sentence(reason: Reason) -> str:
    return SENTENCES.get(reason, "The access is no longer in force.")
