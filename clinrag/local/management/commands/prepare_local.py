"""`manage.py prepare_local`: migrations, rights and ledger keys; safe to run again."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from clinrag.routers import DEFAULT, KEYS


class Command(BaseCommand):
    help = "Migrates both databases, gives the roles their rights, makes ledger keys."

    def handle(self, **_options: Any) -> None:
        call_command("check", databases=[DEFAULT])
        for database in (DEFAULT, KEYS):
            call_command("migrate", database=database, interactive=False, verbosity=0)
        call_command("grant_roles")
        call_command("ledger_keys")
