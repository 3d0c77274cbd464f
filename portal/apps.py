import logging

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from authorizations import meters  # noqa: PLC0415  (the settings must be known)
        from portal import checks, checks_database, checks_production  # noqa: F401, PLC0415  (registered here)
        from portal.metrics.sampling import Sampler  # noqa: PLC0415

        logging.captureWarnings(True)  # they are lines of the log, too
        meters.memory.samplers.append(Sampler(meters.memory))

        for warning in checks.legacy_model_has_not_ended():  # web processes start without running checks
            logging.getLogger(__name__).warning("%s (%s)", warning.msg, warning.id)
