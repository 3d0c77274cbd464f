"""`manage.py verify_evidence PACK.zip`: proves that an evidence pack and the events in it were not changed."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jwt
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from authorizations.services.evidence import checking
from authorizations.services.keys import ring


class Command(BaseCommand):
    help = (
        "Checks every file of an evidence pack against its signed manifest, and every event against the seal of its "
        "block. Ends with 1 when anything was changed, and says what. At the portal the portal's own keys are trusted; "
        "elsewhere give a set of public keys with --jwks, from a place you trust (not from the pack)."
    )
    requires_system_checks: list[str] = []  # also where there is no portal

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pack", help="the .zip file")
        parser.add_argument("--jwks", default="", help="a file with the public keys to trust (RFC 7517)")
        parser.add_argument("--json", action="store_true", help="one JSON document instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = self._given(options["jwks"]) if options["jwks"] else self._own
        try:
            with Path(options["pack"]).open("rb") as file:
                result = checking.check(file, keys)
        except OSError as fault:
            raise CommandError(f"{options['pack']} cannot be opened: {fault.strerror}.") from None
        if options["json"]:
            self.stdout.write(json.dumps(asdict(result) | {"intact": result.intact}))
        else:
            self._tell(result)
        if not result.intact:
            raise CommandError(f"{len(result.findings)} findings: this is not the pack that was made.", returncode=1)

    @staticmethod
    def _given(path: str) -> checking.Keys:
        try:
            return checking.trusted(json.loads(Path(path).read_text()))
        except (OSError, ValueError, jwt.PyJWTError) as fault:
            raise CommandError(f"{path} holds no set of public keys: {fault}") from None

    @staticmethod
    def _own(kid: str) -> Any:
        try:
            key = ring.prover(kid)
        except DatabaseError:
            raise CommandError("The portal's keys cannot be read: give the public keys with --jwks.") from None
        return key.public if key and key.algorithm == "ES256" else None

    def _tell(self, result: checking.Result) -> None:
        for finding in result.findings:
            self.stdout.write(f"{finding.what}: {finding.text}")
        self.stdout.write(
            f"{result.incident}: {result.events} events, {result.sealed} proved by {result.blocks} sealed blocks, "
            f"{result.not_sealed} not sealed yet when it was made. Signed by {result.key}."
        )
