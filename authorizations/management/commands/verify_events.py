"""`manage.py verify_events`: proves that no event was changed, removed or slipped in, and says which one was."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from authorizations.services import sealing


class Command(BaseCommand):
    help = (
        "Reads the whole event log and its seals. Ends with 1 when anything was changed, is missing or was put in. "
        "Keep the tip that it prints in another place, and give it with --tip the next time: only so can an end that "
        "was cut off be seen."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tip", default="", help="the tip of an earlier run, which must still be there")
        parser.add_argument("--json", action="store_true", help="one JSON document instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        report = sealing.verify(now=timezone.now(), tip=options["tip"], progress=self._progress(options))
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report) | {"intact": report.intact}))
        else:
            self._tell(report)
        if not report.intact:
            raise CommandError(f"{len(report.findings)} findings: the event log was tampered with.", returncode=1)

    def _progress(self, options: dict[str, Any]) -> Any:
        if options["json"] or options["verbosity"] < 2:
            return None
        return lambda done, last: done % 100 == 0 and self.stderr.write(f"block {done} of {last}")

    def _tell(self, report: sealing.Report) -> None:
        for finding in report.findings:
            self.stdout.write(f"{finding.what}: {finding.text}")
        self.stdout.write(
            f"{report.events} events in {report.blocks} blocks; {report.removed} removed by retention; "
            f"{report.unsealed} not sealed yet."
        )
        self.stdout.write(f"tip: {report.tip or '(no block yet)'}")
