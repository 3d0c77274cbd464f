"""`manage.py switch`: what is on; `manage.py switch read-only on --reason "..."`: turns it, also when the web is down."""

import os
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from authorizations.switches import turning
from authorizations.switches.models import Switch, SwitchPeriod

NAMES = {switch.value.replace("_", "-"): switch for switch in Switch}


class Command(BaseCommand):
    help = "Lists the kill switches, or turns one: switch NAME on|off --reason TEXT. Names: " + ", ".join(NAMES) + "."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", choices=sorted(NAMES), metavar="name")
        parser.add_argument("to", nargs="?", choices=("on", "off"), metavar="on|off")
        parser.add_argument("--reason", default="", help="why; it is kept in the history and in the event log")
        parser.add_argument("--told", default="", help="a sentence for people, shown on the pages")
        parser.add_argument("--minutes", type=int, help="ends by itself after so many minutes")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["name"] is None:
            return self._list()
        if options["to"] is None:
            raise CommandError("Say whether to turn it on or off.")
        switch, reason = NAMES[options["name"]], self._reason(options["reason"])
        try:
            if options["to"] == "on":
                self._turn_on(switch, reason, options)
            elif not turning.turn_off(switch, by=None, reason=reason, now=timezone.now()):
                raise CommandError(f"{options['name']} is off already.")
        except turning.TurnRefused as refusal:
            raise CommandError(f"{refusal.field}: {refusal}") from refusal
        self.stdout.write(f"{options['name']} is {options['to']}, in every process within a second.")
        return None

    def _turn_on(self, switch: Switch, reason: str, options: dict[str, Any]) -> None:
        now, minutes = timezone.now(), options["minutes"]
        if minutes is not None and not 1 <= minutes <= 43_200:
            raise CommandError("--minutes is a whole number from 1 to 43200.")
        until = now + timedelta(minutes=minutes) if minutes else None
        turning.turn_on(switch, by=None, reason=reason, told=options["told"], until=until, now=now)

    def _reason(self, said: str) -> str:
        """No person of the portal stands behind a command, so the account of the machine is named in what is kept."""
        account = os.environ.get("SUDO_USER") or os.environ.get("USER") or "unknown"
        return f"{said.strip()} (at the command line, account {account})" if said.strip() else ""

    def _list(self) -> None:
        now = timezone.now()
        standing = {period.switch: period for period in SwitchPeriod.objects.live(now)}
        for name, switch in NAMES.items():
            period = standing.get(switch)
            if period is None:
                self.stdout.write(f"{name}: off")
                continue
            until = f", until {period.until:%Y-%m-%d %H:%M} UTC" if period.until else ""
            self.stdout.write(f"{name}: ON since {period.turned_on_at:%Y-%m-%d %H:%M} UTC{until}: {period.reason}")
