from django.apps import AppConfig


class SwitchesConfig(AppConfig):
    name = "authorizations.switches"
    label = "switches"
    verbose_name = "Kill switches"
