"""Writes sealed events as JSON lines to a file or to standard output, once or as they come."""

import signal
import sys
import threading
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections

from authorizations.events.kinds import Kind
from authorizations.services.streaming import reading
from authorizations.services.streaming.files import File, Occupied, lines
from authorizations.services.streaming.reading import Place

AWAY = 5.0  # seconds until a database that went away is asked again


class Command(BaseCommand):
    help = "Writes sealed events as JSON lines (docs/events.md) to a file or to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, help="a file, or - for standard output")
        parser.add_argument(
            "--from",
            dest="begin",
            help="number of the block to begin with; without it, where the file stopped, or the first block",
        )
        parser.add_argument("--follow", action="store_true", help="go on with what happens from now on, until ended")
        parser.add_argument("--every", type=float, default=2.0, help="seconds between looks, with --follow")
        parser.add_argument("--kind", action="append", default=[], help="only events of this name; may be repeated")

    def handle(self, *_: Any, **options: Any) -> None:
        if unknown := sorted(set(options["kind"]) - {kind.value for kind in Kind}):
            raise CommandError(f"There is no event of the name {unknown[0]}.")
        begin = self._place(options["begin"])
        self.over = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self.over.set())
        try:
            if options["to"] == "-":
                self._to_output(begin or Place(), options)
            else:
                self._to_file(begin, options)
        except OSError as problem:
            raise CommandError(f"{options['to']} cannot be written: {problem.strerror}.") from problem

    def _place(self, said: str | None) -> Place | None:
        if said is None:
            return None
        if not said.isascii() or not said.isdigit() or not 1 <= int(said) < 2**62:
            raise CommandError("--from wants the number of a block, 1 or more.")
        return Place(int(said))

    def _to_output(self, place: Place, options: dict[str, Any]) -> None:
        while not self.over.is_set():
            read = reading.after(place, kinds=frozenset(options["kind"]))
            sys.stdout.buffer.write(lines(read.events))
            sys.stdout.buffer.flush()
            place = read.place
            if not read.more and not self._waits(options):
                return

    def _to_file(self, begin: Place | None, options: dict[str, Any]) -> None:
        try:
            file = File(Path(options["to"]), frozenset(options["kind"]))
        except Occupied:
            raise CommandError(f"Another process writes {options['to']}.") from None
        place, total = begin or file.place() or Place(), 0
        try:
            while not self.over.is_set():
                try:
                    place, written, more = file.write(place)
                except Error:
                    if not options["follow"]:
                        raise
                    close_old_connections()
                    self.over.wait(AWAY)
                    continue
                total += written
                if not more and not self._waits(options):
                    break
        finally:
            file.close()
        self.stderr.write(f"{total} events written. The next begins at {place}.")

    def _waits(self, options: dict[str, Any]) -> bool:
        """False: that was all."""
        return bool(options["follow"]) and not self.over.wait(max(0.05, options["every"]))
