"""Pages about what people approved."""

from django.urls import path

from authorizations.pages import maillinks, manage, notices

app_name = "authorizations"
urlpatterns = [
    path("_usersSettings/authorizations", manage.listing, name="list"),
    path("_usersSettings/authorizations/<uuid:authorization_id>/revoke", manage.revoke, name="revoke"),
    path("_usersSettings/notifications", notices.listing, name="notices"),
    path("_usersSettings/notifications/read", notices.mark_all, name="notices-read"),
    path("_usersSettings/notifications/mail", notices.settings, name="mail-settings"),
    path("_usersSettings/notifications/<uuid:notice_id>/read", notices.mark, name="notice-read"),
    path("notices/revoke/<str:token>", maillinks.revoke, name="mail-revoke"),
    path("notices/unsubscribe/<str:token>", maillinks.unsubscribe, name="mail-unsubscribe"),
    path("Profile/View", manage.old_address),
]
