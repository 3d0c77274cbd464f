"""Pages of an organization about what services and tools do in it. The frame is that of accounts."""
