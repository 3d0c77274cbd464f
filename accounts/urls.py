"""Pages about who you are."""

from django.urls import path

from accounts.pages import invitation, organizations, previews, profile, signin

app_name = "accounts"
urlpatterns = [
    path("signin", signin.signin, name="signin"),
    path("signin/start", signin.start, name="start"),
    path("signout", signin.signout, name="signout"),
    path("switch-account", signin.switch, name="switch"),
    path("_usersSettings/profile", profile.profile, name="profile"),
    path("_usersSettings/organizations", organizations.mine, name="organizations"),
    path("_invitations/<str:value>", invitation.invitation, name="invitation"),
    path("_usersSettings/previewfeatures", previews.previews, name="previews"),
]
