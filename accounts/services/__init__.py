"""What happens to people, organizations, members and projects: plain functions, one transaction each."""

from accounts.services.people import apply_identity, deactivate, reactivate, sign_in

__all__ = ["apply_identity", "deactivate", "reactivate", "sign_in"]
