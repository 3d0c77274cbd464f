"""A simulated Microsoft Entra directory: the v2.0 endpoints, on loopback, for trying things out and for tests."""
