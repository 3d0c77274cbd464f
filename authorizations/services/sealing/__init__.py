"""Seals the event log in blocks, proves it, and removes what is past retention.

The hot path writes events and nothing else: a job seals them some seconds later, so that no request waits for the
chain. What was not sealed yet is not protected yet; that is seconds.
"""

from authorizations.services.sealing.retention import remove_old
from authorizations.services.sealing.sealer import BLOCK, seal_next
from authorizations.services.sealing.verifier import Finding, Report, verify

__all__ = ["BLOCK", "Finding", "Report", "remove_old", "seal_next", "verify"]
