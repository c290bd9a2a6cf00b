"""`manage.py demo_corpus PHASE`: real guidelines through the real pipeline.

Files are received by one person, processed by the Celery worker, approved by
another person, who signs with his password, and put in force by the first. Once
questions were asked, what an edition changes is worked out before it is signed. What is
done already is left alone.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from clinrag.local import story
from clinrag.local.editions import (
    is_settled,
    make_collections,
    put_in_force,
    receive,
    team_from,
    wait_until_processed,
)
from ingestion import queries

PHASES = {"first": story.FIRST_EDITIONS, "next": story.NEXT_EDITIONS}


class Command(BaseCommand):
    help = "Takes the demonstration's editions through the pipeline into force."
    requires_system_checks: list[str] = []  # start-up ran them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("phase", choices=PHASES)
        parser.add_argument("--credentials", type=Path, required=True)
        parser.add_argument("--json", action="store_true")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        team = team_from(options["credentials"])
        plans = PHASES[options["phase"]]
        make_collections(by=team.manager)
        received = {plan: receive(plan, by=team.manager) for plan in plans}
        for plan, version_id in received.items():
            wait_until_processed(version_id)
            put_in_force(
                plan, version_id, team=team, foresees=options["phase"] == "next"
            )
        later = (*story.NEXT_EDITIONS, story.NEW_EDITION)
        told = counts(received.values())
        told["settled"] = all(is_settled(plan) for plan in later)
        self.stdout.write(json.dumps(told))


def counts(version_ids: Iterable[UUID]) -> dict[str, int]:
    stages = [
        stage
        for version_id in version_ids
        for stage in queries.version(version_id).progress
        if stage.stage == "embed"
    ]
    return {"editions": len(stages), "passages": sum(stage.total for stage in stages)}
