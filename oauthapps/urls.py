"""Pages for app developers."""

from django.urls import path

from oauthapps.pages import listing, overview, register, secrets, settings

app_name = "oauthapps"
urlpatterns = [
    path("", listing.listing, name="list"),
    path("register", register.register, name="register"),
    path("<str:client_id>", overview.overview, name="detail"),
    path("<str:client_id>/settings", settings.settings, name="settings"),
    path("<str:client_id>/secrets", secrets.secrets, name="secrets"),
    path("<str:client_id>/secrets/<str:slot>", secrets.secret, name="secret"),
]
