"""`activate_version VERSION --by USER [--from DATE]`: put an edition in force."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand
from django.utils import timezone

from ingestion import actions
from ingestion.management.accounts import (
    actor_named,
    moment,
    refusals_as_command_errors,
    say,
)


class Command(BaseCommand):
    help = "Put an approved version in force, in place of the one before it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", type=UUID)
        parser.add_argument("--by", required=True, metavar="USER")
        parser.add_argument("--from", dest="start", type=moment, metavar="DATE")
        parser.add_argument("--until", dest="end", type=moment, metavar="DATE")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        by = actor_named(options["by"], permission="activate")
        with refusals_as_command_errors():
            version = actions.activate_version(
                options["version"],
                in_force_from=options["start"],
                in_force_to=options["end"],
                by=by,
                at=timezone.now(),
            )
        result = {
            "version_id": version.id,
            "document_id": version.document_id,
            "status": version.status,
            "in_force_from": version.in_force_from
            and version.in_force_from.isoformat(),
            "in_force_to": version.in_force_to and version.in_force_to.isoformat(),
        }
        say(self.stdout, result, as_json=options["json"])
