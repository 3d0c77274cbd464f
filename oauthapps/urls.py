"""Pages for app developers."""

from django.urls import path

from oauthapps.pages import cockpit, legacy_closed, listing, migration, overview, register, secrets, settings

app_name = "oauthapps"
urlpatterns = [
    path("", listing.listing, name="list"),
    path("register", register.register, name="register"),
    path("register/legacy", legacy_closed.legacy, name="register-legacy"),
    path("legacy", cockpit.mine, name="cockpit"),
    path("<str:client_id>", overview.overview, name="detail"),
    path("<str:client_id>/settings", settings.settings, name="settings"),
    path("<str:client_id>/secrets", secrets.secrets, name="secrets"),
    path("<str:client_id>/secrets/<str:slot>", secrets.secret, name="secret"),
    path("<str:client_id>/migration", migration.migration, name="migration"),
    path("<str:client_id>/migration/new-version", migration.create, name="create-twin"),
]
