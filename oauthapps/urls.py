"""Pages for app developers."""

from django.urls import path

from oauthapps.pages import (
    calendar,
    cockpit,
    danger,
    invitation,
    legacy_closed,
    listing,
    migration,
    overview,
    owners,
    register,
    secret_acts,
    secrets,
    settings,
    telling,
    use,
)

app_name = "oauthapps"
urlpatterns = [
    path("", listing.listing, name="list"),
    path("register", register.register, name="register"),
    path("register/legacy", legacy_closed.legacy, name="register-legacy"),
    path("legacy", cockpit.mine, name="cockpit"),
    path("secrets.ics", calendar.mine, name="calendar"),
    path("invitations/<str:token>", invitation.invitation, name="invitation"),
    path("<str:client_id>", overview.overview, name="detail"),
    path("<str:client_id>/settings", settings.settings, name="settings"),
    path("<str:client_id>/secrets", secrets.secrets, name="secrets"),
    path("<str:client_id>/secrets.ics", calendar.of_app, name="app-calendar"),
    path("<str:client_id>/secrets/<str:slot>", secret_acts.make, name="secret"),
    path("<str:client_id>/secrets/<str:slot>/regenerate", secret_acts.regenerate, name="secret-regenerate"),
    path("<str:client_id>/secrets/<str:slot>/end", secret_acts.end, name="secret-end"),
    path("<str:client_id>/webhook", telling.set_webhook, name="webhook"),
    path("<str:client_id>/webhook/remove", telling.remove_webhook, name="webhook-remove"),
    path("<str:client_id>/webhook/test", telling.test_webhook, name="webhook-test"),
    path("<str:client_id>/calendar", telling.make_feed, name="feed"),
    path("<str:client_id>/calendar/end", telling.end_feed, name="feed-end"),
    path("<str:client_id>/owners", owners.owners, name="owners"),
    path("<str:client_id>/owners/invite", owners.invite, name="owner-invite"),
    path("<str:client_id>/owners/invitations/<int:pk>/withdraw", owners.withdraw, name="owner-withdraw"),
    path("<str:client_id>/owners/<uuid:person_id>/remove", owners.remove, name="owner-remove"),
    path("<str:client_id>/use", use.use, name="use"),
    path("<str:client_id>/migration", migration.migration, name="migration"),
    path("<str:client_id>/migration/new-version", migration.create, name="create-twin"),
    path("<str:client_id>/danger", danger.danger, name="danger"),
]
