"""Pages about what people approved."""

from django.urls import path

from authorizations.pages import (
    blocked,
    change,
    consent_receipt,
    detail,
    ending,
    history,
    maillinks,
    manage,
    mydata,
    notices,
    receipt,
    renew,
    revoke,
    revoke_set,
    verify,
    why,
)

app_name = "authorizations"
urlpatterns = [
    path("_usersSettings/authorizations", manage.listing, name="list"),
    path("_usersSettings/authorizations/blocked", blocked.listing, name="blocked"),
    path("_usersSettings/authorizations/blocked/<int:blocked_id>/undo", blocked.undo, name="unblock"),
    path("_usersSettings/authorizations/<uuid:authorization_id>", detail.detail, name="detail"),
    path("_usersSettings/authorizations/<uuid:authorization_id>/drop", change.drop, name="drop"),
    path(
        "_usersSettings/authorizations/<uuid:authorization_id>/organizations",
        change.organizations,
        name="organizations",
    ),
    path(
        "_usersSettings/authorizations/<uuid:authorization_id>/organizations/<uuid:organization_id>/allow",
        change.let_back,
        name="let-back",
    ),
    path("_usersSettings/authorizations/<uuid:authorization_id>/end", change.end, name="end"),
    path("_usersSettings/authorizations/<uuid:authorization_id>/note", change.note, name="note"),
    path(
        "_usersSettings/authorizations/<uuid:authorization_id>/connections/<uuid:connection_id>/end",
        ending.one,
        name="end-connection",
    ),
    path(
        "_usersSettings/authorizations/<uuid:authorization_id>/connections/<uuid:connection_id>/end-others",
        ending.others,
        name="end-others",
    ),
    path("_usersSettings/authorizations/<uuid:authorization_id>/renew", renew.renew, name="renew"),
    path("_usersSettings/notifications", notices.listing, name="notices"),
    path("_usersSettings/notifications/read", notices.mark_all, name="notices-read"),
    path("_usersSettings/notifications/mail", notices.settings, name="mail-settings"),
    path("_usersSettings/notifications/<uuid:notice_id>/read", notices.mark, name="notice-read"),
    path("notices/revoke/<str:token>", maillinks.revoke, name="mail-revoke"),
    path("notices/unsubscribe/<str:token>", maillinks.unsubscribe, name="mail-unsubscribe"),
    path("_usersSettings/authorizations/<uuid:authorization_id>/revoke", revoke.revoke, name="revoke"),
    path("_usersSettings/authorizations/revoke", revoke_set.revoke_set, name="revoke-set"),
    path("_usersSettings/authorizations/history", history.history, name="history"),
    path("_usersSettings/receipts/<slug:reference>", receipt.receipt, name="receipt"),
    path("_usersSettings/receipts/<slug:reference>.json", receipt.as_json, name="receipt-json"),
    path("_usersSettings/receipts/<slug:reference>.txt", receipt.as_text, name="receipt-text"),
    path("_usersSettings/receipts/<slug:reference>/restore", receipt.restore_consent, name="restore"),
    path(
        "_usersSettings/authorizations/<uuid:authorization_id>/consent",
        consent_receipt.consent_receipt,
        name="consent-receipt",
    ),
    path(
        "_usersSettings/authorizations/<uuid:authorization_id>/consent.json",
        consent_receipt.as_json,
        name="consent-receipt-json",
    ),
    path("_usersSettings/mydata", mydata.mydata, name="mydata"),
    path("_usersSettings/mydata/copy", mydata.copy, name="mydata-copy"),
    path("_usersSettings/mydata/<uuid:export_id>/<str:token>/<str:kind>", mydata.stored, name="mydata-stored"),
    path("receipts/verify", verify.verify, name="verify"),
    path("why/<str:code>", why.why, name="why"),
    path("Profile/View", manage.old_address),
]
