"""`manage.py make_operator olivia@contoso.example --role administrator`: the first of the operations staff.

Whoever may run it has the server and its keys, so it asks for no other right. Everybody after the first is given a
role in the admin.
"""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import PERSONAL_TENANT, User
from accounts.roles import Role
from accounts.services.operations import change_role
from accounts.services.standing import Refused

ROLES = [role.value for role in Role if role != Role.NONE]


class Command(BaseCommand):
    help = "Gives a person a role in the operations of this portal: how the first administrator is made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="the user name of somebody who has signed in, or <tenant id>.<object id>")
        parser.add_argument("--role", required=True, choices=ROLES)
        parser.add_argument("--reason", default="Made by a command on the server.", help="kept in the event log")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        person, role = find(options["person"].strip()), Role(options["role"])
        try:
            done = change_role(person, role, by=None, reason=options["reason"], now=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        state = "is now" if done else "was already"
        self.stdout.write(f"{person} ({person.principal}) {state} {role.value}. The admin is at /admin/.")


def find(said: str) -> User:
    """By <tenant id>.<object id> the person need not have signed in yet."""
    if (ids := read_ids(said)) is not None:
        return expected(*ids)
    found = list(User.objects.filter(principal_name__iexact=said).order_by("principal")[:10])
    if not found:
        raise CommandError(
            f"Nobody has signed in here as {said}. Let them sign in first, or write <tenant id>.<object id>."
        )
    if len(found) > 1:
        listed = ", ".join(person.principal for person in found)
        raise CommandError(f"Several people have this user name. Write which: {listed}.")
    return found[0]


def read_ids(said: str) -> tuple[UUID, UUID] | None:
    tenant, dot, subject = said.partition(".")
    try:
        return (UUID(tenant), UUID(subject)) if dot else None
    except ValueError:
        return None


def expected(tenant_id: UUID, object_id: UUID) -> User:
    if tenant_id == PERSONAL_TENANT:
        raise CommandError("A personal account cannot have a role: choose the person's work account.")
    found = User.objects.filter(tenant_id=tenant_id, object_id=object_id).first()
    return found or User.objects.create_person(tenant_id=tenant_id, object_id=object_id)
