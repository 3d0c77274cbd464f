"""What is refused for now and not for good: until when, when to come back, and in which words for developers."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from authorizations import brown_outs
from authorizations.policy import Reason
from authorizations.switches import reading as switches
from authorizations.switches.models import Switch
from authorizations.switches.reading import SWITCH_OF

WORDS = {
    Reason.LEGACY_STOPPED: "The people who run this portal stopped the legacy model for now.",
    Reason.ISSUING_STOPPED: "The people who run this portal stopped issuing codes and tokens for now.",
    Reason.READ_ONLY: "This portal is read-only for now: it issues nothing and changes nothing.",
}


@dataclass(frozen=True)
class Pause:
    reason: Reason
    sentence: str
    seconds: str  # for Retry-After
    until: datetime | None = None  # None: nobody knows yet
    told: str = ""  # what operations say to people


def of(reason: Reason, now: datetime) -> Pause:
    """`reason`: one of `policy.PASSING`. It may be over by now; then it is worth trying again at once."""
    if reason is Reason.BROWN_OUT:
        return _brown_out(brown_outs.ends(now) or now, now)
    found = switches.on(SWITCH_OF[reason], now)
    if found is None:
        return Pause(reason, f"{WORDS[reason]} Try again.", "1")
    until = f" It is to end at {found.until:%Y-%m-%dT%H:%M:%SZ}." if found.until else ""
    sentence = f"{WORDS[reason]}{until} Keep what you have, and try again after Retry-After seconds."
    return Pause(reason, sentence, str(found.seconds(now)), found.until, found.told)


def of_legacy(now: datetime) -> Pause | None:
    """Of the whole legacy model. What has ended for good is not paused."""
    if now >= settings.LEGACY_SUNSET:
        return None
    if until := brown_outs.ends(now):
        return _brown_out(until, now)
    return of(Reason.LEGACY_STOPPED, now) if switches.on(Switch.STOP_LEGACY, now) else None


def _brown_out(until: datetime, now: datetime) -> Pause:
    sentence = f"The legacy model is paused until {until:%Y-%m-%dT%H:%M:%SZ}, as announced. Try again then, and move to the standard model."
    return Pause(Reason.BROWN_OUT, sentence, brown_outs.retry_after(until, now), until)
