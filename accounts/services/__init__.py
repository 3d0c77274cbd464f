"""What happens to people, organizations, members and projects: plain functions, one transaction each."""

from accounts.services.people import NobodyNew, apply_identity, deactivate, reactivate, sign_in, sign_out

__all__ = ["NobodyNew", "apply_identity", "deactivate", "reactivate", "sign_in", "sign_out"]
