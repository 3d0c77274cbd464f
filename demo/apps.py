from django.apps import AppConfig


class DemoConfig(AppConfig):
    """What `make run` adds: seed data. Only the embedded default and the tests install it."""

    name = "demo"
