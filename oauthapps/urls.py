"""Pages for app developers."""

from django.urls import path

from oauthapps.pages import manage

app_name = "oauthapps"
urlpatterns = [
    path("", manage.listing, name="list"),
    path("register", manage.register, name="register"),
    path("<str:client_id>", manage.detail, name="detail"),
    path("<str:client_id>/secrets/<str:slot>", manage.secret, name="secret"),
]
