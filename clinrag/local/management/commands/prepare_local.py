"""`manage.py prepare_local`: migrations, rights and ledger keys; safe to run again."""

from typing import Any

from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand

from clinrag.routers import DEFAULT, KEYS


class Command(BaseCommand):
    # Those of the databases alone: the others load every view, in a second.
    requires_system_checks: list[str] = []
    help = "Migrates both databases, gives the roles their rights, makes ledger keys."

    def handle(self, **_options: Any) -> None:
        call_command("check", databases=[DEFAULT], tags=[Tags.database])
        for database in (DEFAULT, KEYS):
            call_command("migrate", database=database, interactive=False, verbosity=0)
        call_command("grant_roles")
        call_command("ledger_keys")
