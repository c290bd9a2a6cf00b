"""A small corpus in two editions, a ledger with its keys, and someone who asks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from audit.management.commands.ledger_keys import create_deployment_key
from audit.models import InboxEntry
from audit.sequencing import sequencer
from audit.signing.desk import SigningDesk
from audit.signing.files import SignerFiles
from clinrag.answering.answerers import Drafted, ExtractiveAnswerer
from clinrag.answering.pipeline import answer_question
from clinrag.answering.policy import Policy
from clinrag.answering.prompts import Prompt
from clinrag.answering.services import Services
from clinrag.answering.types import AnswerResult, Question
from clinrag.inference.types import DraftAnswer, DraftCitation, DraftClaim
from ingestion import actions
from ingestion.embedding import get_embedder
from ingestion.queries import DocumentView, VersionView
from tests.factories.people import AUTHOR, MANAGER, REVIEWER, make_person
from tests.factories.signatures import SIGNED
from tests.snapshots import once

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ASKER = make_person(9, "Nora Nurse")
ORIGIN = "clinrag.test/ledger"

OLD = """# Opioids for chronic pain

## Dosage

Clinicians should use caution when prescribing opioids at any dosage. Clinicians
should avoid increasing dosage to ≥90 MME/day or carefully justify a decision to
titrate dosage to ≥90 MME/day.

## Acute pain

Three days or less will often be sufficient; more than seven days will rarely be
needed.

## Benzodiazepines

Clinicians should avoid prescribing opioid pain medication and benzodiazepines
concurrently whenever possible.
"""
NEW = OLD.replace(
    "should avoid increasing dosage to ≥90 MME/day or carefully justify a decision to\n"
    "titrate dosage to ≥90 MME/day.",
    "should avoid increasing dosage above levels likely to yield diminishing returns\n"
    "in benefits relative to risks.",
)
FIRST_EDITION = {"2016": OLD}
BOTH_EDITIONS = {"2016": OLD, "2022": NEW}
QUESTION = "Above what opioid dosage should increasing the dosage be avoided?"
OLD_QUOTE = "should avoid increasing dosage to ≥90 MME/day"
NEW_QUOTE = "avoid increasing dosage above levels likely to yield diminishing returns"


@dataclass
class Clock:
    """Moves a second each time it is read."""

    at: datetime = START

    def __call__(self) -> datetime:
        self.at += SECOND
        return self.at


@dataclass
class ScriptedAnswerer:
    """Drafts what it is told to, or raises; sees the prompt as a model would."""

    script: Callable[[Prompt], DraftAnswer] | DraftAnswer | Exception
    name: str = "scripted-1"
    template: str | None = None
    prompts: list[Prompt] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def draft(self, prompt: Prompt, *, question: str) -> Drafted:
        self.prompts.append(prompt)
        self.questions.append(question)
        if isinstance(self.script, Exception):
            raise self.script
        said = self.script(prompt) if callable(self.script) else self.script
        output = json.dumps([claim.text for claim in said.claims])
        return Drafted(said, self.name, "rev-1", (("temperature", "0"),), output)


def claims(*pairs: tuple[str, str]) -> Callable[[Prompt], DraftAnswer]:
    """Claims with a quote each, cited from whichever passage holds the quote."""

    def script(prompt: Prompt) -> DraftAnswer:
        return DraftAnswer(
            tuple(
                DraftClaim(text, (DraftCitation(number_of(prompt, quote), quote),))
                for text, quote in pairs
            ),
            abstained=not pairs,
        )

    return script


def number_of(prompt: Prompt, quote: str) -> int:
    folded = " ".join(quote.split())
    holding = (p for p in prompt.passages if folded in " ".join(p.text.split()))
    return next((passage.number for passage in holding), 1)


GOOD_OLD = claims(
    ("Clinicians should avoid increasing dosage to ≥90 MME/day.", OLD_QUOTE)
)


@dataclass
class Clinic:
    """Everything a question needs; ask with `ask`."""

    document: DocumentView
    signer_files: SignerFiles
    now: Clock
    services: Services

    def receive(self, text: str, label: str) -> VersionView:
        """A file that nobody has read yet."""
        return actions.receive_version(
            self.document.id,
            filename=f"{label}.md",
            data=text.encode(),
            label=label,
            by=AUTHOR,
            at=self.now(),
        )

    def take_in(self, text: str, label: str) -> VersionView:
        """A draft that waits for its decision."""
        made = self.receive(text, label)
        embedder = self.services.embedder
        return actions.process_version(made.id, now=self.now, embedder=embedder)

    def put_in_force(
        self, text: str, label: str, *, start: datetime | None = None
    ) -> VersionView:
        version = self.take_in(text, label)
        actions.review_version(
            version.id,
            decision="approve",
            meaning="Read.",
            by=REVIEWER,
            at=self.now(),
            signature=SIGNED,
        )
        return actions.activate_version(
            version.id, by=MANAGER, at=self.now(), in_force_from=start
        )

    def serve(self, answerer: Any, *, fallback: bool = False, **policy: Any) -> None:
        self.services = replace(
            self.services,
            answerer=answerer,
            fallback=ExtractiveAnswerer(self.services.embedder) if fallback else None,
            policy=replace(self.services.policy, **policy),
        )

    def ask(self, text: str = QUESTION, **fields: Any) -> AnswerResult:
        question = Question(
            **{"text": text, "collection_slugs": ("pain",), "app": "ward", **fields}
        )
        return answer_question(question, by=ASKER, now=self.now, services=self.services)

    def sign(self) -> str:
        """Sequences and signs what is in the inbox; the log's public key."""
        sequencer.drain(at=self.now())
        SigningDesk(self.signer_files).sign_new(at=self.now())
        return self.signer_files.read_key().verifier.vkey


def open_clinic(settings: Any, folder: Path) -> Clinic:
    """Keys, one collection, one document, nothing in force yet."""
    point_at(settings, folder)
    create_deployment_key(settings.CLINRAG_DEPLOYMENT_KEY_FILE)
    SignerFiles(folder / "signer").create_key(ORIGIN)
    now = Clock()
    collection = actions.create_collection(
        "pain",
        name="Pain",
        specialty="pain",
        language="en",
        audience="everyone",
        by=AUTHOR,
        at=now(),
    )
    document = actions.register_document(
        collection.id,
        title="Opioids for chronic pain",
        publisher="A publisher",
        by=AUTHOR,
        at=now(),
    )
    return _clinic(document, folder, now)


def running_clinic(
    settings: Any, folder: Path, *, editions: Mapping[str, str] = FIRST_EDITION
) -> Clinic:
    """With these editions put in force one after the other, their texts by label."""

    def build() -> tuple[DocumentView, datetime]:
        clinic = open_clinic(settings, folder)
        for label, text in editions.items():
            clinic.put_in_force(text, label)
        return clinic.document, clinic.now.at

    point_at(settings, folder)
    name = "clinic " + " ".join(editions)
    document, moment = once(name, build, folder=folder)
    return _clinic(document, folder, Clock(moment))


def _clinic(document: DocumentView, folder: Path, now: Clock) -> Clinic:
    embedder = get_embedder()
    services = Services(embedder, ExtractiveAnswerer(embedder), None, Policy())
    return Clinic(document, SignerFiles(folder / "signer"), now, services)


def point_at(settings: Any, folder: Path) -> None:
    """Where a clinic keeps its files."""
    settings.CLINRAG_STORAGE_DIR = folder / "documents"
    settings.CLINRAG_SIGNER_DIR = folder / "signer"
    settings.CLINRAG_DEPLOYMENT_KEY_FILE = folder / "deployment.key"


def recorded(prefix: str = "") -> list[dict[str, Any]]:
    """What waits in the ledger's inbox, in order."""
    rows = InboxEntry.objects.order_by("pk")
    entries = [json.loads(bytes(row.body)) for row in rows]
    return [entry for entry in entries if entry["type"].startswith(prefix)]


def life(prefixes: tuple[str, ...] = ("query.", "answer.")) -> list[str]:
    """The types of the entries of questions, in order."""
    return [e["type"] for e in recorded() if e["type"].startswith(prefixes)]
