"""Ask a question from the shell."""

import argparse
import getpass
import json
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.actors import Actor, ActorKind
from audit.errors import AuditError
from clinrag.answering.errors import AnsweringError
from clinrag.answering.pipeline import answer_question
from clinrag.answering.services import build_services
from clinrag.answering.types import AnswerResult, Citation, Question


class Command(BaseCommand):
    help = "Answer a question from the documents in force, and record it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("question")
        parser.add_argument(
            "--collection", action="append", required=True, help="slug; repeatable"
        )
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--by", metavar="USER", help="username of who asks")
        parser.add_argument("--purpose", default="care")
        parser.add_argument("--format", default="", help="default: a plain answer")
        parser.add_argument("--style", default="", help="default: neutral")
        parser.add_argument(
            "--context", type=Path, metavar="FILE", help="the encounter to write from"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        question = Question(
            text=options["question"],
            collection_slugs=tuple(options["collection"]),
            as_of=_end_of(options["as_of"]),
            purpose=options["purpose"],
            app="shell",
            format=options["format"],
            style=options["style"],
            context=_read(options["context"]),
        )
        try:
            result = answer_question(
                question,
                by=_actor(options["by"]),
                now=timezone.now,
                services=build_services(),
            )
        except (AnsweringError, AuditError) as error:
            raise CommandError(f"{error} [{error.code}]") from None
        self.stdout.write(_as_json(result) if options["json"] else _as_text(result))


def _read(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise CommandError("The encounter cannot be read as UTF-8 text.") from None


def _end_of(day: date | None) -> datetime | None:
    """The last moment of a day, but not later than now."""
    if day is None:
        return None
    if day > timezone.now().date():
        raise CommandError("--as-of lies in the future.")
    return min(datetime.combine(day, time.max, UTC), timezone.now())


def _actor(username: str | None) -> Actor:
    if username is None:
        return Actor(ActorKind.SYSTEM, "command:ask", getpass.getuser(), "shell")
    users = get_user_model().objects
    user = users.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError("There is no active user of that name.")
    name = user.get_full_name() or user.get_username()
    return Actor(ActorKind.PERSON, f"user:{user.pk}", name, "shell")


def _as_json(result: AnswerResult) -> str:
    return json.dumps(asdict(result), default=str, ensure_ascii=False)


def _as_text(result: AnswerResult) -> str:
    lines = [result.text or result.explanation or "", ""]
    lines += [_source(citation) for citation in result.citations]
    if result.confidence:
        reasons = ", ".join(result.confidence_reasons) or "no rule lowers it"
        lines.append(f"Confidence: {result.confidence.value} ({reasons})")
    lines += result.notices
    lines.append(f"Outcome: {result.outcome.value}. Record: {result.entry_id}")
    lines += ["", result.disclaimer]
    return "\n".join(lines)


def _source(citation: Citation) -> str:
    where = " > ".join(citation.section_path)
    page = f", page {citation.page}" if citation.page else ""
    return (
        f"[{citation.number}] {citation.document_title}, {citation.version_label}"
        f"{page}: {where}\n    “{citation.quote}”"
    )
