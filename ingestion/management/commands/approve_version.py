"""`approve_version VERSION --by USER`: the second person's yes."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand
from django.utils import timezone

from ingestion import actions
from ingestion.management.accounts import (
    actor_named,
    refusals_as_command_errors,
    say,
)

MEANING = "I have read this version and approve it for use."


class Command(BaseCommand):
    help = "Approve a version; its author may not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", type=UUID)
        parser.add_argument("--by", required=True, metavar="USER")
        parser.add_argument("--comment", default="")
        parser.add_argument("--meaning", default=MEANING)
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        by = actor_named(options["by"], permission="review")
        with refusals_as_command_errors():
            review = actions.review_version(
                options["version"],
                decision="approve",
                meaning=options["meaning"],
                comment=options["comment"],
                by=by,
                at=timezone.now(),
            )
        result = {
            "version_id": review.version_id,
            "status": "approved",
            "review_id": review.id,
            "reviewer": review.reviewer_name,
            "decided_at": review.decided_at.isoformat(),
        }
        say(self.stdout, result, as_json=options["json"])
