"""`reading_rules COLLECTION --by USER`: how its files are read and cut.

What is not named stays as it is; "usual" goes back to the usual size.
"""

from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict, replace
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ingestion import actions, queries
from ingestion.management.accounts import actor_named, refusals_as_command_errors, say
from ingestion.types import TrackedChanges

USUAL = "usual"
RULES = ("chunk_tokens", "chunk_min_tokens", "tracked_changes")


class Command(BaseCommand):
    help = "Set how files of a collection are read and cut from here on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("collection", help="its short name")
        parser.add_argument("--by", required=True, metavar="USER")
        for name in ("--chunk-tokens", "--chunk-min-tokens"):
            parser.add_argument(name, type=_size, metavar="N", help="or: usual")
        parser.add_argument(
            "--tracked-changes", choices=[one.value for one in TrackedChanges]
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        by = actor_named(options["by"], permission="activate")
        given = {name: options[name] for name in RULES if options[name] is not None}
        asked: dict[str, Any] = {
            name: None if one == USUAL else one for name, one in given.items()
        }
        with refusals_as_command_errors():
            found = queries.collection_by_slug(options["collection"])
            made = actions.set_reading_rules(
                found.id, rules=replace(found.rules, **asked), by=by, at=timezone.now()
            )
        result = {"collection": made.slug, **asdict(made.rules)}
        say(self.stdout, result, as_json=options["json"])


def _size(text: str) -> int | str:
    if text == USUAL:
        return USUAL
    if not text.isdecimal():
        raise ArgumentTypeError(f"not a number of tokens: {text}")
    return int(text)
