"""Background jobs. Each picks by state, changes by conditional update, works in batches, and may run twice."""

from authorizations.tasks import recording
from authorizations.tasks.approvals import end_approvals, expire_approval_requests, remind_reviewers, tell_of_losses
from authorizations.tasks.events import remove_old_events, seal_events
from authorizations.tasks.expiry import expire_authorizations, expire_connections, remind, sweep, tell_connected
from authorizations.tasks.exports import build_exports, sweep_exports
from authorizations.tasks.keys import rotate_keys
from authorizations.tasks.legacy import close_after_sunset, tell_latecomers, tell_of_sunset
from authorizations.tasks.notices import deliver_mail, deliver_webhooks, tell_shut_out, write_digests
from authorizations.tasks.noticing import tell_noticed
from authorizations.tasks.operations import make_evidence, run_operations
from authorizations.tasks.personal import (
    end_idle_personal_tokens,
    expire_personal_tokens,
    remind_of_personal_tokens,
)
from authorizations.tasks.policies import announce_policies
from authorizations.tasks.rules import close_rules, tell_of_rules
from authorizations.tasks.secrets import close_expired_secrets, remind_of_expiring_secrets
from authorizations.tasks.streams import stream_events
from authorizations.tasks.switches import close_switches
from authorizations.tasks.usage import flush_usage

recording.connect()

__all__ = [
    "announce_policies",
    "build_exports",
    "close_after_sunset",
    "close_expired_secrets",
    "close_rules",
    "close_switches",
    "deliver_mail",
    "deliver_webhooks",
    "end_approvals",
    "end_idle_personal_tokens",
    "expire_approval_requests",
    "expire_authorizations",
    "expire_connections",
    "expire_personal_tokens",
    "flush_usage",
    "make_evidence",
    "remind",
    "remind_of_expiring_secrets",
    "remind_of_personal_tokens",
    "remind_reviewers",
    "remove_old_events",
    "rotate_keys",
    "run_operations",
    "seal_events",
    "stream_events",
    "sweep",
    "sweep_exports",
    "tell_connected",
    "tell_latecomers",
    "tell_noticed",
    "tell_of_losses",
    "tell_of_rules",
    "tell_of_sunset",
    "tell_shut_out",
    "write_digests",
]
