from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "authorizations.notifications"
    label = "notifications"
    verbose_name = "Notices and the outbox"
