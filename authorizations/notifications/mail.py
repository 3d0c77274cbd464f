"""A notice as a mail: HTML and plain text from the same words, with the headers mail programs act on."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from authorizations.notifications import catalogue, letters, links
from authorizations.notifications.kinds import NoticeKind
from authorizations.notifications.models import Message, Notice
from authorizations.notifications.texts import words

DIGEST = "digest"
# Where the quickest answer to the notice may be to stop the service.
WITH_REVOKE = frozenset(
    {
        NoticeKind.SERVICE_CONNECTED,
        NoticeKind.PERMISSION_WIDENED,
        NoticeKind.AUTHORIZATION_EXPIRING,
        NoticeKind.AUTHORIZATION_UNUSED,
    }
)

# Where a request can be refused from the mail itself.
WITH_DENY = frozenset({NoticeKind.APPROVAL_ASKED, NoticeKind.APPROVAL_WAITING})


def write(message: Message, address: str) -> EmailMultiAlternatives | None:
    """The mail of a notice, or of a digest; None when nothing is left to tell."""
    with translation.override(settings.LANGUAGE_CODE):
        if message.notice:
            context = _context(message.notice)
            return _rendered("notice", message, address, context, context["unsubscribe_url"])
        if message.address:
            said = letters.words(message.payload)
            context = {"words": said, "action_url": links.absolute(said.action.path) if said.action else ""}
            return _rendered("letter", message, address, context, "")
        return _digest(message, address)


def _digest(message: Message, address: str) -> EmailMultiAlternatives | None:
    """Those of its notices that are still so and still unread."""
    person = message.person_id
    waiting = Notice.objects.filter(
        pk__in=message.payload["notices"], person_id=person, read_at=None, cancelled_at=None
    )
    told = [(notice, words(notice)) for notice in waiting.order_by("-created_at")]
    if not told:
        return None
    url = links.unsubscribe(person, DIGEST)
    context = {
        "told": told,
        "more": message.payload.get("more", 0),
        "notices_url": links.notices(),
        "unsubscribe_url": url,
        "period": message.payload.get("period", ""),
    }
    return _rendered("digest", message, address, context, url)


def _context(notice: Notice) -> dict[str, Any]:
    said = words(notice)
    revocable = notice.kind in WITH_REVOKE and notice.about_type == "authorization"
    return {
        "words": said,
        "action_url": links.absolute(said.action.path) if said.action else "",
        "revoke_url": links.revoke(notice.about_id, notice.person_id) if revocable else "",
        "deny_url": links.deny(notice.about_id, notice.person_id) if notice.kind in WITH_DENY else "",
        "app_name": notice.app_name,
        "always": catalogue.about(notice.kind).always,
        "unsubscribe_url": _unsubscribe_address(notice),
    }


def _unsubscribe_address(notice: Notice) -> str:
    return links.unsubscribe(notice.person_id, notice.kind) if catalogue.can_be_silenced(notice.kind) else ""


def _rendered(
    name: str, message: Message, address: str, context: dict[str, Any], unsubscribe_url: str
) -> EmailMultiAlternatives:
    shared = context | {"preferences_url": links.preferences(), "portal_url": settings.ISSUER, "host": host()}
    # A name with a line break must not become a second header.
    subject = " ".join(render_to_string(f"emails/{name}-subject.txt", shared).split())[:150]
    text = render_to_string(f"emails/{name}-text.txt", shared).strip() + "\n"
    mail = EmailMultiAlternatives(subject, text, to=[address], headers=_headers(message, unsubscribe_url))
    mail.attach_alternative(render_to_string(f"emails/{name}-html.html", shared), "text/html")
    return mail


def host() -> str:
    return settings.ISSUER.split("//")[1]


def _headers(message: Message, unsubscribe_url: str) -> dict[str, str]:
    headers = {
        # The same for every attempt, so that a mail that comes twice can be recognised (RFC 5322 §3.6.4).
        "Message-ID": f"<{message.pk}@{host().split(':')[0]}>",
        "X-Gatehouse-Message": str(message.pk),
        # No out-of-office answers (RFC 3834 §5).
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if unsubscribe_url:
        # RFC 8058: the mail program's own button posts to it, without a page and without cookies.
        headers |= {
            "List-Unsubscribe": f"<{unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return headers
