"""Every periodic job, its period, and why. Read by the scheduler, and by the pages and probes that say which jobs are late."""

from typing import Any

# A job that could not begin within its period is dropped: the next one does the same work, picked by state.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # Mail about something that just happened should be there when the person looks.
    "deliver-mail": {"task": "authorizations.tasks.notices.deliver_mail", "schedule": 10.0, "options": {"expires": 60}},
    "deliver-webhooks": {
        "task": "authorizations.tasks.notices.deliver_webhooks",
        "schedule": 10.0,
        "options": {"expires": 60},
    },
    # A consent that is over must say so on the page soon after; refusal itself does not wait for this.
    "expire-authorizations": {"task": "authorizations.tasks.expiry.expire_authorizations", "schedule": 60.0},
    "expire-connections": {"task": "authorizations.tasks.expiry.expire_connections", "schedule": 300.0},
    # "A service connected" is of use while the person still knows what they did.
    "tell-connected": {"task": "authorizations.tasks.expiry.tell_connected", "schedule": 15.0},
    # People see that a service stopped; they should soon read why.
    "tell-shut-out": {"task": "authorizations.tasks.notices.tell_shut_out", "schedule": 15.0},
    # Reminders look days ahead; each is told once, however often this runs.
    "remind": {"task": "authorizations.tasks.expiry.remind", "schedule": 900.0},
    # Digests are due at 7:00 UTC; a few minutes late is fine.
    "write-digests": {"task": "authorizations.tasks.notices.write_digests", "schedule": 300.0},
    # Last-used times and legacy counters are collected off the hot path; a minute late is fine on a page.
    "flush-usage": {"task": "authorizations.tasks.usage.flush_usage", "schedule": 15.0},
    # Spent codes and revocations of tokens that are over are of no further use.
    "sweep": {"task": "authorizations.tasks.expiry.sweep", "schedule": 600.0},
    # Each milestone before the end of the legacy model is told once; ten minutes late is fine.
    "tell-of-sunset": {"task": "authorizations.tasks.legacy.tell_of_sunset", "schedule": 600.0},
    # Who approves a legacy app between the announcement of a brown-out and its start should know of it too.
    "tell-latecomers": {"task": "authorizations.tasks.legacy.tell_latecomers", "schedule": 900.0},
    # History says why; the refusal itself came at the instant.
    "close-after-sunset": {"task": "authorizations.tasks.legacy.close_after_sunset", "schedule": 3600.0},
    # Owners hear of a secret's end in days; minutes do not matter, but each step must have its turn.
    "remind-of-expiring-secrets": {
        "task": "authorizations.tasks.secrets.remind_of_expiring_secrets",
        "schedule": 300.0,
    },
    # Refused from its last instant on in any case; this tells the owners and closes the connections on the pages.
    "close-expired-secrets": {"task": "authorizations.tasks.secrets.close_expired_secrets", "schedule": 60.0},
    # Requests wait for days; that one is over is refused at the instant, and shown and told soon after.
    "expire-approval-requests": {
        "task": "authorizations.tasks.approvals.expire_approval_requests",
        "schedule": 300.0,
    },
    "remind-reviewers": {"task": "authorizations.tasks.approvals.remind_reviewers", "schedule": 900.0},
    # An approval decides nothing from its last instant on; the list of the organization says so soon after.
    "end-approvals": {"task": "authorizations.tasks.approvals.end_approvals", "schedule": 60.0},
    # People whose service was blocked should know it before they wonder why it fails.
    "tell-of-losses": {"task": "authorizations.tasks.approvals.tell_of_losses", "schedule": 15.0},
    # Days ahead, each stage told once.
    "remind-of-personal-tokens": {
        "task": "authorizations.tasks.personal.remind_of_personal_tokens",
        "schedule": 900.0,
    },
    # Refused from its last instant on in any case; the page and the mail say so soon after.
    "expire-personal-tokens": {"task": "authorizations.tasks.personal.expire_personal_tokens", "schedule": 60.0},
    # Idleness is counted in days, and the policy refuses an idle token by itself.
    "end-idle-personal-tokens": {"task": "authorizations.tasks.personal.end_idle_personal_tokens", "schedule": 900.0},
    # The person looks at a progress bar: it should begin to move soon.
    "build-exports": {
        "task": "authorizations.tasks.exports.build_exports",
        "schedule": 10.0,
        "options": {"expires": 60},
    },
    # What is not sealed yet can still be changed by somebody with the database in hand: half a minute, not more.
    "seal-events": {"task": "authorizations.tasks.events.seal_events", "schedule": 30.0},
    # What happens often is told when it begins; this tells the rest of each hour that is over.
    "tell-noticed": {"task": "authorizations.tasks.noticing.tell_noticed", "schedule": 300.0},
    # Sealed events go out at once: who watches them should see an attack while it is one.
    "stream-events": {
        "task": "authorizations.tasks.streams.stream_events",
        "schedule": 10.0,
        "options": {"expires": 60},
    },
    # A key signs for months; each step may come an hour late.
    "rotate-keys": {"task": "authorizations.tasks.keys.rotate_keys", "schedule": 3600.0},
    # Retention counts in days.
    "remove-old-events": {"task": "authorizations.tasks.events.remove_old_events", "schedule": 3600.0},
    # Whose tokens a rule of an organization stopped should hear of it before they search for a fault.
    "tell-of-rules": {"task": "authorizations.tasks.rules.tell_of_rules", "schedule": 15.0},
    # A rule that nothing is left for refuses nobody; closing it keeps the decision short.
    "close-rules": {"task": "authorizations.tasks.rules.close_rules", "schedule": 86400.0},
    # Whom a change of a policy affects should hear of it within a minute; the change itself waits for nothing.
    "announce-policies": {"task": "authorizations.tasks.policies.announce_policies", "schedule": 30.0},
    # A switch that ended by itself is off by the clock; that this is written down may come a little later.
    "close-switches": {"task": "authorizations.tasks.switches.close_switches", "schedule": 60.0},
    # What operations confirmed: they look at its progress, and people wait for the stop to be complete.
    "run-operations": {
        "task": "authorizations.tasks.operations.run_operations",
        "schedule": 5.0,
        "options": {"expires": 60},
    },
    # Somebody waits for the file; its events are sealed some seconds after they happened.
    "make-evidence": {
        "task": "authorizations.tasks.operations.make_evidence",
        "schedule": 10.0,
        "options": {"expires": 60},
    },
    # Copies of people's data are kept seven days, and not much longer.
    "sweep-exports": {"task": "authorizations.tasks.exports.sweep_exports", "schedule": 3600.0},
}
for _entry in CELERY_BEAT_SCHEDULE.values():
    _entry.setdefault("options", {"expires": max(60.0, _entry["schedule"])})
