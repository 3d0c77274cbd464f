"""The calendar of secret expiries (RFC 5545), and the link that a calendar program reads it with."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from authorizations.events.kinds import Kind
from authorizations.events.log import record
from oauthapps.digests import digest, random_value
from oauthapps.models import ApplicationSecret, CalendarFeed

if TYPE_CHECKING:
    import icalendar

ALARMS = (timedelta(days=14), timedelta(days=7), timedelta(days=1))
READ_AGAIN = timedelta(hours=12)


@transaction.atomic
def make_link(person: User, *, now: datetime) -> str:
    """A new token, shown once; the one before ends."""
    token = random_value()
    said = {"digest": digest(token), "created_at": now, "last_read_at": None}
    CalendarFeed.objects.update_or_create(person=person, defaults=said)
    record(Kind.CALENDAR_LINK_CHANGED, now=now, actor=person, person=person, subject=("person", person.pk))
    return token


@transaction.atomic
def end_link(person: User, *, now: datetime) -> bool:
    removed, _rows = CalendarFeed.objects.filter(person=person).delete()
    if removed:
        record(Kind.CALENDAR_LINK_CHANGED, now=now, actor=person, person=person, subject=("person", person.pk))
    return bool(removed)


def reader(token: str, *, now: datetime) -> User | None:
    """Whose link it is; None when it ended, or the person is deactivated."""
    feed = CalendarFeed.objects.select_related("person").filter(digest=digest(token)).first()
    if feed is None or not feed.person.is_active:
        return None
    CalendarFeed.objects.filter(pk=feed.pk).update(last_read_at=now)
    return feed.person


def secrets_of(person: User, now: datetime, client_id: str = "") -> list[ApplicationSecret]:
    """The secrets in force of the person's apps, or of one of them."""
    found = ApplicationSecret.objects.live(now).filter(application__owners=person, application__deleted_at=None)
    if client_id:
        found = found.filter(application__client_id=client_id)
    return list(found.select_related("application").order_by("expires_at", "pk"))


def document(secrets: Iterable[ApplicationSecret], name: str) -> bytes:
    """RFC 5545 with the name and refresh interval of RFC 7986."""
    import icalendar  # noqa: PLC0415  (2 MB, and many a process is never asked for a calendar)

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Gatehouse//Secret expiries//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", READ_AGAIN)
    for secret in secrets:
        calendar.add_component(_event(secret))
    return calendar.to_ical()


def _event(secret: ApplicationSecret) -> "icalendar.Event":
    import icalendar  # noqa: PLC0415  (as above)

    app = secret.application
    words = {"app": app.name, "slot": secret.get_slot_display(), "key": secret.key_id}
    event = icalendar.Event()
    event.add("uid", f"secret-{secret.key_id}@{urlsplit(settings.ISSUER).hostname}")
    event.add("dtstamp", secret.created_at)
    event.add("dtstart", secret.expires_at)
    event.add("dtend", secret.expires_at)
    event.add("summary", _("%(app)s: %(slot)s secret ends") % words)
    event.add(
        "description",
        _("The secret that begins with %(key)s is refused from this instant on. Make one in the other slot before.")
        % words,
    )
    event.add("url", f"{settings.ISSUER}/app/{app.client_id}/secrets")
    event.add("transp", "TRANSPARENT")
    event.add("categories", ["Gatehouse"])
    for before in ALARMS:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _("%(app)s: %(slot)s secret ends") % words)
        alarm.add("trigger", -before)
        event.add_component(alarm)
    return event
