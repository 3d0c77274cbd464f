"""The only glue with allauth: from a verified directory identity to our person."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthError
from django.http import HttpRequest
from django.utils import timezone

from accounts import services
from accounts.entra import EntraProvider, SignInRefused
from accounts.failures import deactivated, nobody_new, refused
from accounts.stepup import remember_sign_in


class AccountAdapter(DefaultAccountAdapter):
    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No "successfully signed in": the approval page says who is signed in, and asks only what it has to."""

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        """After the login: allauth empties the session of whoever was signed in before."""
        sociallogin = (kwargs.get("signal_kwargs") or {}).get("sociallogin")
        if sociallogin is not None:
            sent = sociallogin.state.get("data") or {}
            remember_sign_in(request, sociallogin.identity, fresh=bool(sent.get("fresh")), now=timezone.now())
        return super().post_login(request, user, **kwargs)


class SocialAdapter(DefaultSocialAccountAdapter):
    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> EntraProvider:
        app = self.get_app(request, provider=provider, client_id=client_id)
        return EntraProvider(request, app=app)

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        identity = data["identity"]
        person = sociallogin.user
        person.tenant_id, person.object_id = identity.tenant_id, identity.object_id
        services.apply_identity(person, identity)
        sociallogin.identity = identity
        return person

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Finds the person by (tenant, object). A known person keeps their record, whatever their e-mail is now."""
        try:
            person = services.sign_in(sociallogin.identity, now=timezone.now())
        except services.NobodyNew as waits:
            raise ImmediateHttpResponse(nobody_new(request)) from waits
        if not person.is_active:
            raise ImmediateHttpResponse(deactivated(request))
        if not sociallogin.is_existing or sociallogin.user != person:
            sociallogin.user = person
            sociallogin.account.user = person
            sociallogin.account.save()
        if request.user.is_authenticated and request.user.pk != person.pk:
            request.session.flush()

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Connecting a sign-in account is not an event people know of here; notices are ours."""

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> None:
        code = (
            exception.code
            if isinstance(exception, SignInRefused)
            else ("cancelled" if error == AuthError.CANCELLED else "sign_in_failed")
        )
        raise ImmediateHttpResponse(
            refused(request, code=code, state=(extra_context or {}).get("state"), exception=exception)
        )
