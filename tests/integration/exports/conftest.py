"""Two people who agree, a workshop to build in, and the verifier as others run it."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from django.db import transaction

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.custody import authorizations
from audit.events import AnswerReleased, QueryReceived, RetrievedChunk
from audit.exports import records
from audit.exports.building import Workshop, build_slice
from audit.exports.records import ExportView, State
from audit.ledger import Receipt
from clinrag.privacy.identifiers import mask
from tests.integration.audit.conftest import ADA, ORIGIN, Ledger, log

__all__ = ["log"]

BOB = Actor(ActorKind.PERSON, "user:8", "Bob", "session")
QUESTION = "Is NHS number 943 476 5919 allowed aspirin?"
ANSWER = "Yes, at 75 mg."


@dataclass
class Office:
    """Where packages are asked for, agreed to and built."""

    log: Ledger
    workshop: Workshop

    def answer(
        self, *, version_id: UUID | None = None, subjects: tuple[str, ...] = ()
    ) -> str:
        """Ask and answer once; the answer's id."""
        answer_id = str(uuid4())
        asked = self._append(_received(answer_id), subjects, question=QUESTION)
        self._append(
            _released(answer_id, asked, version_id or uuid4()), subjects, answer=ANSWER
        )
        return answer_id

    def _append(self, event: Any, subjects: tuple[str, ...], **sealed: str) -> Receipt:
        with transaction.atomic():
            return ledger.append(
                event, by=ADA, at=self.log.tick(), sealed=sealed, subjects=subjects
            )

    def request(self, kind: str, content: str = "none", **scope: str) -> ExportView:
        return records.request(
            kind,
            scope=scope,
            content=content,
            reason="Asked for by the court",
            by=ADA,
            at=self.log.tick(),
        )

    def agree(self, export: ExportView) -> ExportView:
        authorizations.approve(export.authorization.id, by=BOB, at=self.log.tick())
        return records.by_id(export.id)

    def start(self, kind: str, content: str = "none", **scope: str) -> ExportView:
        agreed = self.agree(self.request(kind, content, **scope))
        return records.start(agreed.id, by=ADA, at=self.log.tick())

    def slice(self, export: ExportView, at_most: int = 1000) -> State | None:
        return build_slice(
            export.id, self.workshop, at=self.log.tick(), at_most=at_most
        )

    def build(self, kind: str, content: str = "none", **scope: str) -> ExportView:
        """A package, from the request to the file."""
        export = self.start(kind, content, **scope)
        while self.slice(export) is State.BUILDING:
            pass
        return records.by_id(export.id)

    def file(self, export: ExportView) -> Path:
        return self.workshop.file(export.id)

    def verify(self, file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the verifier out of the package itself, without this project."""
        program = file.parent / "verifier.pyz"
        unzip(file, "verifier.pyz", program)
        return self.verify_with(program, file, *arguments)

    def verify_with(
        self, program: Path, file: Path, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(sys.executable, "-I", program, "export", file),
                *("--vkey", self.log.vkey),
                *arguments,
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
        )


def unzip(file: Path, member: str, target: Path) -> None:
    with ZipFile(file) as archive:
        target.write_bytes(archive.read(member))


def _received(answer_id: str) -> QueryReceived:
    return QueryReceived(
        answer_id=answer_id,
        app="ward",
        purpose="treatment",
        collections=("cardiology",),
        as_of="2026-11-23T05:00:00Z",
        policy="default/1",
    )


def _released(answer_id: str, asked: Receipt, version_id: UUID) -> AnswerReleased:
    return AnswerReleased(
        query_entry_id=str(asked.entry_id),
        answer_id=answer_id,
        outcome="answered",
        retrieved=(
            RetrievedChunk(
                chunk_id=str(uuid4()),
                content_sha256="ab" * 32,
                version_id=str(version_id),
                rank=1,
                score="0.5",
                in_prompt=True,
                cited=True,
            ),
        ),
        template="answer/1",
        template_sha256="cd" * 32,
        model="extractive/1",
        policy="default/1",
    )


@pytest.fixture
def office(log: Ledger, tmp_path: Path) -> Office:
    return Office(log, Workshop(tmp_path / "exports", mask, ORIGIN, vkey=log.vkey))
