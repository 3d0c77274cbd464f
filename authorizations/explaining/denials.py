"""The codes of what is refused outside the policy. Codes are stable: programs and saved addresses hold them."""

from collections.abc import Mapping
from enum import StrEnum


class Denial(StrEnum):
    # Calls of the REST API and userinfo
    TOKEN_MISSING = "token_missing"  # noqa: S105
    TOKEN_NOT_VALID = "token_not_valid"  # noqa: S105
    PERSON_NEEDED = "person_needed"
    APP_TOKEN_NEEDED = "app_token_needed"  # noqa: S105
    INSUFFICIENT_SCOPE = "insufficient_scope"
    SOMEBODY_ELSES = "somebody_elses"
    ADMINISTRATORS_ONLY = "administrators_only"
    POLICY_SETTERS_ONLY = "policy_setters_only"
    REVIEWERS_ONLY = "reviewers_only"
    # Making and changing personal access tokens
    TOKEN_CREATION_OFF = "token_creation_off"  # noqa: S105
    TOKEN_CREATION_LISTED = "token_creation_listed"  # noqa: S105
    TOKEN_CREATION_PACKAGING = "token_creation_packaging"  # noqa: S105
    # Authorization requests
    APP_UNKNOWN = "app_unknown"
    APP_DELETED = "app_deleted"
    OTHER_MODEL = "other_model"
    CALLBACK_NOT_REGISTERED = "callback_not_registered"
    REQUEST_NOT_VALID = "request_not_valid"
    SCOPE_NOT_KNOWN = "scope_not_known"
    ACCESS_DENIED = "access_denied"
    LOGIN_REQUIRED = "login_required"
    CONSENT_REQUIRED = "consent_required"
    APPROVAL_PAGE_EXPIRED = "approval_page_expired"
    APPROVAL_PAGE_UNREADABLE = "approval_page_unreadable"
    ALREADY_ANSWERED = "already_answered"
    # Kill switches and limits
    REGISTRATIONS_STOPPED = "registrations_stopped"
    TOO_MANY_REQUESTS = "too_many_requests"
    # Clients at the machine endpoints
    CLIENT_NOT_RECOGNIZED = "client_not_recognized"
    PUBLIC_CLIENT = "public_client"
    GRANT_TYPE_NOT_KNOWN = "grant_type_not_known"
    # Codes and refresh tokens: the names of `services.refusals.Refusal`
    CODE_UNKNOWN = "code_unknown"
    CODE_EXPIRED = "code_expired"
    CODE_SPENT = "code_spent"
    REDIRECT_MISMATCH = "redirect_mismatch"
    VERIFIER_MISSING = "verifier_missing"
    VERIFIER_WRONG = "verifier_wrong"
    REFRESH_UNKNOWN = "refresh_unknown"
    REFRESH_OUTDATED = "refresh_outdated"
    SCOPE_WIDER = "scope_wider"


# What an error on the wire means where nothing more is said: the names of both models.
OF_ERRORS: Mapping[str, Denial] = {
    "invalid_request": Denial.REQUEST_NOT_VALID,
    "request_not_supported": Denial.REQUEST_NOT_VALID,
    "request_uri_not_supported": Denial.REQUEST_NOT_VALID,
    "registration_not_supported": Denial.REQUEST_NOT_VALID,
    "unsupported_response_type": Denial.REQUEST_NOT_VALID,
    "unsupported_grant_type": Denial.GRANT_TYPE_NOT_KNOWN,
    "invalid_scope": Denial.SCOPE_NOT_KNOWN,
    "invalid_client": Denial.CLIENT_NOT_RECOGNIZED,
    "access_denied": Denial.ACCESS_DENIED,
    "login_required": Denial.LOGIN_REQUIRED,
    "consent_required": Denial.CONSENT_REQUIRED,
    "temporarily_unavailable": Denial.TOO_MANY_REQUESTS,
    "invalid_token": Denial.TOKEN_NOT_VALID,
    "insufficient_scope": Denial.INSUFFICIENT_SCOPE,
    "clientIdRequired": Denial.REQUEST_NOT_VALID,
    "invalidClientId": Denial.APP_UNKNOWN,
    "responseTypeRequired": Denial.REQUEST_NOT_VALID,
    "responseTypeNotSupported": Denial.REQUEST_NOT_VALID,
    "invalidRequest": Denial.REQUEST_NOT_VALID,
    "scopeRequired": Denial.SCOPE_NOT_KNOWN,
    "invalidScope": Denial.SCOPE_NOT_KNOWN,
    "redirectUriRequired": Denial.REQUEST_NOT_VALID,
    "invalidRedirectUri": Denial.CALLBACK_NOT_REGISTERED,
    "accessDenied": Denial.ACCESS_DENIED,
    "grantTypeRequired": Denial.GRANT_TYPE_NOT_KNOWN,
    "authorizationGrantRequired": Denial.REQUEST_NOT_VALID,
    "clientSecretRequired": Denial.CLIENT_NOT_RECOGNIZED,
    "invalidClientSecret": Denial.CLIENT_NOT_RECOGNIZED,
    "invalidClient": Denial.CLIENT_NOT_RECOGNIZED,
}
