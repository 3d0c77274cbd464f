"""The pages of one organization, below /{organization}/_settings/. Each view takes `organization`, the name in addresses."""

from django.urls import path

from accounts.pages.organization import overview

app_name = "organization"
urlpatterns = [
    path("", overview.overview, name="overview"),
]
