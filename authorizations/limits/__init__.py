"""How much one caller may ask for. Who proved nothing is counted by address, who proved something by that, so that a
stranger never uses up what an honest caller may do (docs/decisions/0083). No model, no statement; at most one round
trip to Redis for a call, and none for most.
"""

from authorizations.limits.guard import count, early, failed, forget, health, passed

__all__ = ["count", "early", "failed", "forget", "health", "passed"]
