"""`build_index COLLECTION --by USER`: build, switch to, undo, drop an index.

Searches go by the index in use until `--switch`; `--revert` goes back, `--drop` deletes
the vectors that were replaced.
"""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.actors import Actor
from ingestion import actions, queries, tasks
from ingestion.management.accounts import actor_named, refusals_as_command_errors, say

STEPS = ("switch", "revert", "abandon", "drop")
AT_MOST = 256


class Command(BaseCommand):
    help = "Build a collection's index anew beside the one that is searched."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("collection", help="its short name")
        parser.add_argument("--by", required=True, metavar="USER")
        parser.add_argument(
            "--embedder", default="", metavar="NAME@REVISION",
            help="without it, texts are only cut by today's chunker",
        )  # fmt: skip
        parser.add_argument(
            "--queue", action="store_true", help="have the workers build it"
        )
        for step in STEPS:
            parser.add_argument(f"--{step}", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        by = actor_named(options["by"], permission="activate")
        chosen = [step for step in STEPS if options[step]]
        if len(chosen) > 1:
            raise CommandError("one step at a time")
        with refusals_as_command_errors():
            collection = queries.collection_by_slug(options["collection"])
            if chosen:
                build_id = _last(collection.id)
                _take(chosen[0], build_id, by=by)
            else:
                build_id = _build(collection.id, options, by=by)
            view = queries.build(build_id)
        say(
            self.stdout,
            {
                "build_id": view.id,
                "state": view.state,
                "embedder": view.embedder,
                "chunker": view.chunker,
                "versions": f"{view.versions_done} of {view.versions}",
                "passages": f"{view.passages_done} of {view.passages}",
            },
            as_json=options["json"],
        )


def _build(collection_id: UUID, options: dict[str, Any], *, by: Actor) -> UUID:
    """Start a build, or go on with the one that is open."""
    found = [one for one in queries.builds_of(collection_id) if one.state == "building"]
    with transaction.atomic():
        if found:
            build_id = found[0].id
            actions.plan_rest(build_id, at=timezone.now())
        else:
            build_id = actions.start_build(
                collection_id, embedder=options["embedder"], by=by, at=timezone.now()
            )
        if options["queue"]:
            tasks.enqueue_build(build_id)
    if not options["queue"]:
        for part_id in actions.build_parts(build_id):
            while not actions.build_part(part_id, at_most=AT_MOST):
                pass
    return build_id


def _last(collection_id: UUID) -> UUID:
    builds = queries.builds_of(collection_id)
    if not builds:
        raise CommandError("there is no build of this collection")
    return builds[0].id


def _take(step: str, build_id: UUID, *, by: Actor) -> None:
    match step:
        case "switch":
            actions.switch_build(build_id, by=by, at=timezone.now())
        case "revert":
            actions.revert_build(build_id, by=by, at=timezone.now())
        case "abandon":
            actions.abandon_build(build_id, at=timezone.now())
        case _:
            actions.drop_vectors(build_id, at=timezone.now())
