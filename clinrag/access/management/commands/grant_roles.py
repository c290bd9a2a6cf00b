"""Gives the database roles their rights; run with the owner's connection.

The application, the sequencer and the signer own nothing: what each may do is in
`deploy/sql/`, and this applies it. Safe to run again, after every migration.
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections, transaction

GRANTS = {"default": "grants.sql", "keys": "grants-keys.sql"}


class Command(BaseCommand):
    """Each database's grants are applied whole or not at all."""

    help = "Apply deploy/sql/grants*.sql: the rights of the database roles."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "deploy" / "sql"
        for alias, name in GRANTS.items():
            _apply(alias, folder / name)
        if options["json"]:
            self.stdout.write(json.dumps({"granted": sorted(GRANTS)}))
        else:
            self.stdout.write("The database roles have their rights.")


def _apply(alias: str, file: Path) -> None:
    try:
        sql = file.read_text(encoding="utf-8")
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(sql)
    except (OSError, DatabaseError) as error:
        raise CommandError(f"{file.name} could not be applied: {error}") from error
