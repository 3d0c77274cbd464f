"""`manage.py import_legacy_apps FILE`: takes over the legacy apps of another system, line by line, with a report."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from oauthapps import services
from oauthapps.takeover import LineProblem, lines, reading


class Command(BaseCommand):
    help = (
        "Imports legacy apps that another system registered before the cutoff, from JSON lines or CSV. Nothing is "
        "imported unless every line is good (--keep-going: the good ones are). An app that is here already is left "
        "alone. Each line is reported. docs/operators.md describes the columns."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", help="a .csv file, or JSON lines (any other name); - for JSON lines on standard input"
        )
        parser.add_argument("--dry-run", action="store_true", help="report what would happen, and change nothing")
        parser.add_argument(
            "--keep-going", action="store_true", help="import the good lines even if others are refused"
        )
        parser.add_argument(
            "--create-owners", action="store_true", help="expect owners who have not signed in here yet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refused, counts = 0, dict.fromkeys(services.Outcome, 0)
        with transaction.atomic():
            for number, found in self._lines(options["file"]):
                try:
                    outcome = self._import(found, options["create_owners"])
                except (LineProblem, services.RegistrationRefused) as problem:
                    refused += 1
                    self.stdout.write(f"line {number}: refused: {_told(problem)}")
                else:
                    counts[outcome] += 1
                    self.stdout.write(f"line {number}: {outcome}: {found['client_id']}")
            undone = options["dry_run"] or (refused and not options["keep_going"])
            transaction.set_rollback(bool(undone))
        self._sum_up(counts, refused, undone=bool(undone), dry_run=options["dry_run"])

    def _lines(self, name: str) -> Any:
        try:
            yield from lines(name)
        except OSError as error:
            raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{name} is not UTF-8.") from error

    def _import(self, found: Any, create_owners: bool) -> services.Outcome:
        if isinstance(found, LineProblem):
            raise found
        with transaction.atomic():  # a line that is refused half-way leaves nothing
            return services.take_over(
                reading.take_over(found, create_owners=create_owners), by=None, now=timezone.now()
            )[0]

    def _sum_up(self, counts: dict[services.Outcome, int], refused: int, *, undone: bool, dry_run: bool) -> None:
        said = ", ".join([*(f"{count} {outcome}" for outcome, count in counts.items()), f"{refused} refused"])
        if refused and undone and not dry_run:
            raise CommandError(f"{said}. Nothing was changed: mend the refused lines, or use --keep-going.")
        if refused:
            raise CommandError(f"{said}. {'Nothing was changed (dry run).' if dry_run else 'The good lines are in.'}")
        self.stdout.write(f"{said}.{' Nothing was changed (dry run).' if dry_run else ''}")


def _told(problem: Exception) -> str:
    name = getattr(problem, "field", "")
    return f"{name}: {problem}" if name else str(problem)
