"""`build_index COLLECTION --by USER`: build, switch to, undo, drop an index.

Searches go by the index in use until `--switch`; `--revert` goes back, `--drop` deletes
the vectors that were replaced. A text that cannot be done fails, the others go on, and
`--retry` takes it up again.
"""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.actors import Actor
from ingestion import actions, queries, tasks
from ingestion.errors import IngestionError, LeaseLost, StageBusy
from ingestion.management.accounts import actor_named, refusals_as_command_errors, say

STEPS = {
    "switch": actions.switch_build,
    "revert": actions.revert_build,
    "abandon": actions.abandon_build,
    "drop": actions.drop_vectors,
}
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
        for step in (*STEPS, "retry"):
            parser.add_argument(f"--{step}", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        by = actor_named(options["by"], permission="activate")
        chosen = [step for step in STEPS if options[step]]
        if len(chosen) + options["retry"] > 1:
            raise CommandError("one step at a time")
        with refusals_as_command_errors():
            collection = queries.collection_by_slug(options["collection"])
            if chosen:
                build_id = _last(collection.id)
                STEPS[chosen[0]](build_id, by=by, at=timezone.now())
            else:
                build_id = _build(collection.id, options, by=by)
            view = queries.build(build_id)
        say(self.stdout, _told(view), as_json=options["json"])


def _build(collection_id: UUID, options: dict[str, Any], *, by: Actor) -> UUID:
    """Start a build, or go on with the one that is open."""
    build_id = _planned(collection_id, options, by=by)
    if not options["queue"]:
        for part_id in actions.build_parts(build_id):
            _build_part(part_id)
    return build_id


@transaction.atomic
def _planned(collection_id: UUID, options: dict[str, Any], *, by: Actor) -> UUID:
    at = timezone.now()
    found = [one for one in queries.builds_of(collection_id) if one.state == "building"]
    if options["retry"]:
        build_id = found[0].id if found else _last(collection_id)
        actions.retry_build(build_id, by=by, at=at)
    elif found:
        build_id = found[0].id
        actions.plan_rest(build_id, at=at)
    else:
        build_id = actions.start_build(
            collection_id, embedder=options["embedder"], by=by, at=at
        )
    if options["queue"]:
        tasks.enqueue_build(build_id)
    return build_id


def _build_part(part_id: UUID) -> None:
    """Do one text; what cannot be done fails and keeps no other from being done."""
    try:
        while not actions.build_part(part_id, at_most=AT_MOST):
            pass
    except (StageBusy, LeaseLost):
        return  # a worker is at it
    except IngestionError as error:
        actions.fail_build_part(part_id, error=error)


def _last(collection_id: UUID) -> UUID:
    builds = queries.builds_of(collection_id)
    if not builds:
        raise CommandError("there is no build of this collection")
    return builds[0].id


def _told(view: queries.BuildView) -> dict[str, object]:
    return {
        "build_id": view.id,
        "state": view.state,
        "embedder": view.embedder,
        "chunker": view.chunker,
        "versions": f"{view.versions_done} of {view.versions}",
        "passages": f"{view.passages_done} of {view.passages}",
        "failed": [f"{one.version_id}: {one.code}" for one in view.failures],
    }
