"""`import_documents PATH --collection C --by USER`: bring files in as versions.

A folder is searched to the bottom; its files come in by name. What is known about a
file is read from `NAME.EXT.json` beside it, then from `document.json` in its folder,
then from the options; with neither, the title is the file's name. Files with the same
title are editions of one document. Importing again repeats nothing.
"""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.actors import Actor
from ingestion import actions, queries, tasks
from ingestion.errors import (
    CollectionNotFound,
    DuplicateContent,
    IngestionError,
)
from ingestion.lifecycle import PROCESSING, Status
from ingestion.management.accounts import actor_named, refusals_as_command_errors
from ingestion.measuring import read_or_measure
from ingestion.sniffing import KNOWN_SUFFIXES

FIELDS = ("title", "label", "publisher", "citation", "url", "licence", "language")
FOLDER_FACTS = "document.json"


@dataclass(frozen=True, slots=True)
class Description:
    """What is known about a file beside its content."""

    title: str = ""
    label: str = ""
    publisher: str = ""
    citation: str = ""
    url: str = ""
    licence: str = ""
    language: str = ""
    review_by: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file; `outcome` is a status, "duplicate" or "skipped"."""

    path: str
    outcome: str
    document_id: str = ""
    version_id: str = ""
    status: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """One run: where to, for whom, who does the stages; `largest` in bytes."""

    collection_id: UUID
    by: Actor
    queue: bool
    largest: int
    now: Callable[[], datetime]

    def bring_in(self, file: Path, *, described: Description) -> Outcome:
        """Receive and process one file; a refusal becomes its outcome."""
        try:
            return self._receive(file, described=described)
        except DuplicateContent as error:
            return self._go_on_with_twin(file, error=error)
        except (IngestionError, OSError) as error:
            code = getattr(error, "code", "file_unreadable")
            return Outcome(str(file), "refused", code=code, message=str(error))

    def _receive(self, file: Path, *, described: Description) -> Outcome:
        with file.open("rb") as opened:
            data = read_or_measure(opened, at_most=self.largest)
        # A file that turns out to be a duplicate leaves no empty document behind.
        with transaction.atomic():
            version = actions.receive_version(
                self._document_for(described),
                filename=file.name,
                data=data,
                label=described.label,
                by=self.by,
                at=self.now(),
            )
        return self._processed(file, version_id=version.id)

    def _processed(self, file: Path, *, version_id: UUID) -> Outcome:
        version = queries.version(version_id)
        if Status(version.status) in PROCESSING and self.queue:
            tasks.enqueue(version_id)
        elif Status(version.status) in PROCESSING:
            version = actions.process_version(version_id, now=self.now)
        return Outcome(
            path=str(file),
            outcome="queued" if version.status == Status.RECEIVED else version.status,
            document_id=str(version.document_id),
            version_id=str(version.id),
            status=version.status,
            code=version.failure_code,
            message=version.failure_message,
        )

    def _go_on_with_twin(self, file: Path, *, error: DuplicateContent) -> Outcome:
        """A run that was killed left it half way; the same file finishes it."""
        unfinished = Status(queries.version(error.twin_id).status) in PROCESSING
        twin = self._processed(file, version_id=error.twin_id)
        if unfinished:
            return twin
        return replace(
            twin, outcome="duplicate", code=error.code, message=error.message
        )

    def _document_for(self, described: Description) -> UUID:
        known = queries.document_by_title(self.collection_id, title=described.title)
        if known is not None:
            return known.id
        facts = asdict(described)
        del facts["label"]
        facts["review_by"] = _date(described.review_by)
        return actions.register_document(
            self.collection_id, **facts, by=self.by, at=self.now()
        ).id


class Command(BaseCommand):
    help = "Import a file or a folder of files into a collection."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--collection", required=True, metavar="SLUG")
        parser.add_argument("--by", required=True, metavar="USER")
        for name in FIELDS:
            parser.add_argument(f"--{name}", default="")
        parser.add_argument("--review-by", default="", metavar="DATE")
        parser.add_argument(
            "--create-collection", action="store_true", help="open it if it is missing"
        )
        parser.add_argument("--specialty", default="general")
        parser.add_argument(
            "--queue", action="store_true", help="leave the stages to the workers"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        files = list(_files(options["path"]))
        by = actor_named(options["by"], permission="ingest")
        with refusals_as_command_errors():
            collection_id = _collection(options, by=by)
        run = Import(
            collection_id,
            by,
            queue=options["queue"],
            largest=settings.MAX_UPLOAD_BYTES,
            now=timezone.now,
        )
        given = Description(**{name: options[name] for name in (*FIELDS, "review_by")})
        outcomes = []
        for file in files:
            outcome = _outcome(run, file, given=given, named=file == options["path"])
            outcomes.append(outcome)
            if not options["json"]:
                self.stdout.write(_line(outcome))
        if options["json"]:
            documents = [asdict(outcome) for outcome in outcomes]
            self.stdout.write(json.dumps({"files": documents}, ensure_ascii=False))
        _complain(outcomes)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise CommandError(f"There is no file or folder {path}.")
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.is_file() and not hidden and file.suffix != ".json":
            yield file


def _collection(options: dict[str, Any], *, by: Actor) -> UUID:
    try:
        return queries.collection_by_slug(options["collection"]).id
    except CollectionNotFound:
        if not options["create_collection"]:
            raise
    return actions.create_collection(
        options["collection"],
        name=options["collection"].replace("-", " ").capitalize(),
        specialty=options["specialty"],
        language=options["language"] or "en",
        audience="everyone",
        by=by,
        at=timezone.now(),
    ).id


def _outcome(run: Import, file: Path, *, given: Description, named: bool) -> Outcome:
    if not named and file.suffix.lower() not in KNOWN_SUFFIXES:
        return Outcome(str(file), "skipped", code="unsupported_type")
    try:
        described = _described(file, given=given)
    except (ValueError, TypeError) as error:
        return Outcome(
            str(file), "refused", code="metadata_invalid", message=str(error)
        )
    return run.bring_in(file, described=described)


def _described(file: Path, *, given: Description) -> Description:
    """What was said about the file itself, about its folder, or on the command line."""
    facts: dict[str, str] = {"title": file.stem.replace("_", " ")}
    facts |= {name: value for name, value in asdict(given).items() if value}
    for source in (file.parent / FOLDER_FACTS, file.with_name(f"{file.name}.json")):
        if source.is_file():
            facts |= json.loads(source.read_text(encoding="utf-8"))
    _date(facts.get("review_by", ""))
    return Description(**facts)


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _line(outcome: Outcome) -> str:
    reason = f"  {outcome.message} [{outcome.code}]" if outcome.code else ""
    return f"{outcome.outcome:<10} {outcome.version_id:<36} {outcome.path}{reason}"


def _complain(outcomes: list[Outcome]) -> None:
    bad = [one for one in outcomes if one.outcome in {Status.FAILED, "refused"}]
    if bad:
        raise CommandError(f"{len(bad)} of {len(outcomes)} files failed.", returncode=1)
