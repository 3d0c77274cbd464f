"""Pages about what people approved."""

from django.urls import path

from authorizations.pages import manage

app_name = "authorizations"
urlpatterns = [
    path("_usersSettings/authorizations", manage.listing, name="list"),
    path("_usersSettings/authorizations/<uuid:authorization_id>/revoke", manage.revoke, name="revoke"),
    path("Profile/View", manage.old_address),
]
