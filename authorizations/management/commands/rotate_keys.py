"""`manage.py rotate_keys`: does what is due for the signing keys, or replaces one at once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from authorizations.models import SigningKey
from authorizations.services import key_rotation, keys


class Command(BaseCommand):
    help = (
        "Without options: publishes, promotes and withdraws signing keys as far as that is due, as the job does. "
        "With --now: a new key signs at once; the old one is still accepted. With --compromised: what the old ones "
        "signed is refused, so that everybody's access tokens end (connections refresh and go on)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", action="store_true", help="replace the key at once (needs --reason)")
        parser.add_argument("--compromised", action="store_true", help="and refuse what the old ones signed")
        parser.add_argument("--algorithm", choices=keys.ALGORITHMS, help="this one only; otherwise both")
        parser.add_argument("--reason", default="", help="goes into the event log")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["now"] or options["compromised"]:
            self._replace(options)
        elif options["algorithm"] or options["reason"]:
            raise CommandError("--algorithm and --reason belong to --now or --compromised.")
        else:
            for said in key_rotation.rotate_due(timezone.now()) or ["Nothing is due."]:
                self.stdout.write(said)
        for key in SigningKey.objects.order_by("algorithm", "created_at"):
            self.stdout.write(f"{key.algorithm} {key.kid} {key.stage}, made {key.created_at:%Y-%m-%d %H:%M} UTC")

    def _replace(self, options: dict[str, Any]) -> None:
        if not options["reason"].strip():
            raise CommandError("Say why with --reason: it goes into the event log.")
        for algorithm in [options["algorithm"]] if options["algorithm"] else keys.ALGORITHMS:
            kid = key_rotation.rotate_now(
                algorithm,
                why=options["reason"].strip()[:500],
                by=None,
                compromised=options["compromised"],
                now=timezone.now(),
            )
            self.stdout.write(f"{algorithm}: {kid} signs from now on.")
        if options["compromised"]:
            self.stdout.write(f"Every process refuses the old ones within {keys.RELOAD_SECONDS:.0f} seconds.")
