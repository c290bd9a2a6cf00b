"""Show what was asked and answered, on the shell; the reading is recorded first."""

import argparse
import getpass
import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.actors import Actor, ActorKind
from audit.errors import AuditError
from audit.purposes import OFFERED
from clinrag.answering.errors import AnsweringError
from clinrag.answering.queries import sealed_answer
from clinrag.answering.types import SealedAnswer


class Command(BaseCommand):
    help = "Show a sealed answer; leaves an entry with your name and purpose first."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("answer_id", type=UUID)
        parser.add_argument(
            "--purpose", required=True, choices=[one.code for one in OFFERED]
        )
        parser.add_argument("--reason", help="in your own words; sealed in the ledger")
        parser.add_argument("--by", metavar="USER", help="username of who reads")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            found = sealed_answer(
                options["answer_id"],
                by=_reader(options["by"]),
                at=timezone.now(),
                purpose=options["purpose"],
                surface="shell",
                reason=options["reason"],
            )
        except (AnsweringError, AuditError) as error:
            raise CommandError(f"{error} [{error.code}]") from None
        self.stdout.write(_as_json(found) if options["json"] else _as_text(found))


def _reader(username: str | None) -> Actor:
    if username is None:
        name = getpass.getuser()
        return Actor(ActorKind.SYSTEM, "command:show_answer", name, "shell")
    users = get_user_model().objects
    user = users.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError("There is no active user of that name.")
    name = user.get_full_name() or user.get_username()
    return Actor(ActorKind.PERSON, f"user:{user.pk}", name, "shell")


def _as_json(found: SealedAnswer) -> str:
    return json.dumps(asdict(found), default=str, ensure_ascii=False)


def _as_text(found: SealedAnswer) -> str:
    result = found.result
    answer = (result.text or result.explanation or "") if result else ""
    return f"Question:\n{found.question}\n\nAnswer:\n{answer or 'There is none.'}"
