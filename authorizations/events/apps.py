from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "authorizations.events"
    label = "events"
    verbose_name = "Event log"
