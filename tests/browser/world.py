"""People, a guideline in several editions, and answers, all through the actions.

Nothing is written past the packages' own doors, so that the ledger of this world
verifies like any other.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from audit.actors import Actor, ActorKind
from audit.management.commands.ledger_keys import create_deployment_key
from audit.sequencing import sequencer
from audit.signing.desk import SigningDesk
from audit.signing.files import SignerFiles
from clinrag.access.actions import create_user
from clinrag.access.actors import actor_of_user
from clinrag.access.models import User
from clinrag.answering.pipeline import answer_question
from clinrag.answering.services import build_services
from clinrag.answering.types import AnswerResult, Question
from ingestion import actions
from ingestion.queries import DocumentView, VersionView
from tests.factories.signatures import SIGNED

PASSWORD = "a quiet morning by the lake"
TITLE = "Adult asthma in primary care"
QUESTION = "How much budesonide a day should an adult with asthma start with?"
UNANSWERABLE = "Which screw fixes a broken scaphoid?"

EDITION_2021 = """# Adult asthma in primary care

## Starting treatment

### Maintenance therapy

Recommendation 1. Offer a low dose of an inhaled corticosteroid as maintenance
therapy. Start an adult with asthma on budesonide 200 to 400 micrograms a day.

Check how the inhaler is used at every visit.

### Reliever therapy

Offer a short-acting beta2 agonist to adults with newly diagnosed asthma.

## Follow-up

### Review

Review the response to treatment in 8 weeks.

| Peak flow | Action |
|---|---|
| above 80 % | continue |
| below 50 % | refer the same day |
"""

EDITION_2025 = (
    EDITION_2021.replace("200 to 400 micrograms", "100 to 200 micrograms")
    .replace("in 8 weeks", "in 4 weeks")
    .replace(
        "## Follow-up\n",
        "### Combination inhalers\n\nOffer a combination inhaler with formoterol, to be"
        " taken as needed, to adults with mild asthma.\n\n## Follow-up\n",
    )
)
DRAFT_2026 = EDITION_2025.replace("100 to 200 micrograms", "50 to 100 micrograms")


@dataclass
class World:
    """What the tests point at."""

    people: dict[str, User]
    document: DocumentView
    old: VersionView
    new: VersionView
    draft: VersionView
    failed: VersionView
    answer: AnswerResult
    refusal: AnswerResult

    def actor(self, username: str) -> Actor:
        return actor_of_user(self.people[username])


ROLES = {
    "mara": ("Mara Lindqvist", ("knowledge_manager",)),
    "jonas": ("Jonas Weber", ("reviewer", "knowledge_manager")),
    "olena": ("Olena Kovalenko", ("compliance_officer",)),
    "paul": ("Paul Adeyemi", ("compliance_officer",)),
    "ravi": ("Ravi Menon", ("clinician",)),
    "noor": ("Noor Haddad", ("clinician",)),
    "sefa": ("Sefa Tau", ("operator",)),
}
SHELL = Actor(ActorKind.SYSTEM, "command:create_user", "create_user", "shell")


def build_world() -> World:
    """Everything, in about two seconds."""
    now = timezone.now()
    create_deployment_key(Path(settings.CLINRAG_DEPLOYMENT_KEY_FILE))
    SignerFiles(Path(settings.CLINRAG_SIGNER_DIR)).create_key(
        settings.CLINRAG_LOG_ORIGIN
    )
    people = {
        name: create_user(
            name, password=PASSWORD, roles=roles, full_name=full, by=SHELL, at=now
        )
        for name, (full, roles) in ROLES.items()
    }
    mara, jonas = actor_of_user(people["mara"]), actor_of_user(people["jonas"])
    document = _document(mara, now - timedelta(days=900))
    old = publish(document.id, EDITION_2021, "2021 edition", mara, jonas, days_ago=800)
    earlier = ask(QUESTION, people["ravi"], as_of=now - timedelta(days=300))
    assert earlier.text
    new = publish(document.id, EDITION_2025, "2025 edition", mara, jonas, days_ago=200)
    draft = receive(document.id, DRAFT_2026.encode(), "2026 draft", mara, now)
    failed = receive(document.id, b"", "Empty scan", mara, now)
    answer = ask(QUESTION, people["ravi"])
    refusal = ask(UNANSWERABLE, people["ravi"])
    settle_ledger()
    return World(people, document, old, new, draft, failed, answer, refusal)


def _document(by: Actor, at: datetime) -> DocumentView:
    collection = actions.create_collection(
        "respiratory",
        name="Respiratory medicine",
        specialty="respiratory",
        language="en",
        audience="everyone",
        by=by,
        at=at,
    )
    return actions.register_document(
        collection.id,
        title=TITLE,
        publisher="Lakeside Health Board",
        citation="Lakeside Health Board. Adult asthma in primary care.",
        url="https://example.org/asthma",
        licence="CC BY 4.0",
        language="en",
        review_by=datetime(2025, 1, 1, tzinfo=UTC).date(),
        by=by,
        at=at,
    )


def receive(
    document_id: UUID, data: bytes, label: str, by: Actor, at: datetime
) -> VersionView:
    """Receive a file and run its stages as a worker would."""
    name = f"{label.lower().replace(' ', '-')}.md"
    version = actions.receive_version(
        document_id, filename=name, data=data, label=label, by=by, at=at
    )
    return actions.process_version(version.id, now=lambda: at)


def publish(
    document_id: UUID,
    text: str,
    label: str,
    author: Actor,
    reviewer: Actor,
    *,
    days_ago: int,
) -> VersionView:
    """Receive, approve by a second person, and put in force."""
    at = timezone.now() - timedelta(days=days_ago)
    version = receive(document_id, text.encode(), label, author, at)
    actions.review_version(
        version.id,
        decision="approve",
        meaning="clinical content checked",
        comment="Compared with the printed edition.",
        by=reviewer,
        at=at,
        signature=SIGNED,
    )
    return actions.activate_version(version.id, by=author, at=at)


def ask(
    text: str,
    person: User,
    *,
    as_of: datetime | None = None,
    subject: str | None = None,
) -> AnswerResult:
    """Ask through the very pipeline the pages use."""
    question = Question(
        text=text,
        collection_slugs=("respiratory",),
        as_of=as_of,
        app="Ward tablet",
        subject=subject,
    )
    return answer_question(
        question,
        by=actor_of_user(person),
        now=timezone.now,
        services=build_services(),
    )


def settle_ledger() -> None:
    """What sequencer and signer do all the time, once."""
    now = timezone.now()
    sequencer.drain(at=now)
    files = SignerFiles(Path(settings.CLINRAG_SIGNER_DIR))
    SigningDesk(files).sign_new(at=now)
