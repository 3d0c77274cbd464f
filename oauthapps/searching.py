"""By which columns apps are found (`accounts.operations.searching`)."""

from accounts.operations.searching import Words

APP_WORDS = Words("oauthapps_application", ("name", "company", "client_id", "verified_domain"))
