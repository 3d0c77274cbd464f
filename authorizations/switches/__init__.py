"""Kill switches of operations: stop issuing, stop the legacy model, stop registrations, read-only (docs/decisions/0082)."""
