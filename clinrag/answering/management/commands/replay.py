"""Run an answer again on the shell; the reading and the outcome are recorded."""

import argparse
import getpass
import json
import sys
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.actors import Actor, ActorKind
from audit.errors import AuditError
from audit.purposes import OFFERED
from clinrag.answering.errors import AnsweringError
from clinrag.answering.replay.actions import replay_answer
from clinrag.answering.replay.record import Reading
from clinrag.answering.replay.telling import as_fields, as_lines
from clinrag.answering.replay.types import ReplayOutcome
from clinrag.answering.services import build_services
from clinrag.retrieval.errors import RetrievalError

IMPOSSIBLE: Final = 2
EXITS: Final = {
    ReplayOutcome.SAME: 0,
    ReplayOutcome.DIFFERS: 1,
    ReplayOutcome.INCOMPLETE: 3,
}


class Command(BaseCommand):
    help = (
        "Run an answer again, stage by stage, from its record. Exits with 0 when it is"
        " the same, 1 when it differs, 2 when it cannot be run (erased, pruned, open),"
        " 3 when what was run is the same and a stage was not run."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("answer_id", type=UUID)
        parser.add_argument(
            "--purpose", default="audit_review", choices=[one.code for one in OFFERED]
        )
        parser.add_argument("--reason", help="in your own words; sealed in the ledger")
        parser.add_argument("--by", metavar="USER", help="username of who reads")
        parser.add_argument(
            "--call-model",
            action="store_true",
            help="ask the model server again, if it was asked without temperature",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        reading = Reading(
            by=_reader(options["by"]),
            at=timezone.now(),
            purpose=options["purpose"],
            surface="shell.replay",
            reason=options["reason"],
        )
        try:
            made = replay_answer(
                options["answer_id"],
                reading,
                services=build_services(),
                calls_model=options["call_model"],
            )
        except (AnsweringError, AuditError, RetrievalError) as error:
            said = f"{error} [{error.code}]"
            raise CommandError(said, returncode=IMPOSSIBLE) from None
        told = json.dumps(as_fields(made)) if options["json"] else None
        self.stdout.write(told or "\n".join(as_lines(made)))
        if EXITS[made.outcome]:
            sys.exit(EXITS[made.outcome])


def _reader(username: str | None) -> Actor:
    if username is None:
        name = getpass.getuser()
        return Actor(ActorKind.SYSTEM, "command:replay", name, "shell")
    users = get_user_model().objects
    user = users.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError("There is no active user of that name.")
    name = user.get_full_name() or user.get_username()
    return Actor(ActorKind.PERSON, f"user:{user.pk}", name, "shell")
