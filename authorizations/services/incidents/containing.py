"""What can stop an incident: acts like any other, with what they touch filled in."""

from dataclasses import dataclass, field
from typing import Any

from authorizations.models import Incident, OperationsJob
from authorizations.services.incidents.affected import Affected
from oauthapps.models import ApplicationSecret

Act = OperationsJob.Act
Subject = Incident.Subject


@dataclass(frozen=True)
class Offer:
    """`asked`: the fields of the page that says what it would do."""

    act: str
    label: str
    asked: dict[str, Any] = field(default_factory=dict)


def offers(affected: Affected) -> list[Offer]:
    incident = affected.incident
    window = {"since": incident.since.isoformat(), "until": incident.until.isoformat()}
    if incident.subject == Subject.APP:
        return _of_app(affected, incident, window)
    if incident.subject == Subject.SECRET:
        key = {"secret": incident.subject_id}
        return [
            Offer(Act.END_SECRET, "End the secret", key),
            Offer(Act.DISCONNECT, "End the connections made with it", key),
            Offer(Act.REVOKE, "Revoke the approvals it could use", key),
        ]
    here = {"network": incident.subject_id}
    return [
        Offer(Act.DISCONNECT, "End the connections made from there in that time", here | window),
        Offer(Act.REVOKE, "Revoke the approvals those connections belong to", here | window | {"moment": "connected"}),
    ]


def _of_app(affected: Affected, incident: Incident, window: dict[str, str]) -> list[Offer]:
    app = {"app": incident.subject_id}
    live = ApplicationSecret.objects.filter(application=affected.app, revoked_at=None).order_by("pk")
    keys = list(live.values_list("key_id", flat=True))
    return [
        Offer(Act.DISABLE, "Switch the app off", app),
        *([Offer(Act.END_SECRET, "End its secrets", {"secret": keys})] if keys else []),
        Offer(Act.REVOKE, "Revoke what was approved until then", app | {"until": window["until"]}),
        Offer(Act.REVOKE, "Revoke everything that is approved now", app),
    ]


def done(incident: Incident) -> list[str]:
    """What was done about it, in words for people."""
    words = {
        Act.DISABLE: "it was switched off",
        Act.END_SECRET: "the secret was ended",
        Act.REVOKE: "approvals were ended",
        Act.DISCONNECT: "connections were ended",
        Act.DEACTIVATE: "accounts were closed",
    }
    acts = (
        incident.jobs.exclude(state=OperationsJob.State.CANCELLED)
        .order_by("confirmed_at")
        .values_list("act", flat=True)
    )
    return list(dict.fromkeys(words[Act(a)] for a in acts if a in words))
