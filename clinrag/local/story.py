"""What the demonstration shows, as data: people, editions, questions.

The guidelines are real, and most editions are old ones, kept because they were
replaced: nothing here is medical advice.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GUIDELINES = Path(__file__).with_name("guidelines")
OPIOIDS = "opioid-prescribing"
MEASURES = "prescribing-measures"
TOPICS = "health-topics"
SUPPORT = "decision-support"
MANAGER, REVIEWER, OFFICER, CLINICIAN = "manager", "reviewer", "officer", "clinician"
APP_KEY = "demo clinical app"


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the demonstration."""

    username: str
    role: str
    does: str


@dataclass(frozen=True, slots=True)
class CollectionPlan:
    """A collection to create."""

    slug: str
    name: str
    specialty: str


@dataclass(frozen=True, slots=True)
class EditionPlan:
    """One edition to take through the pipeline, and how far."""

    document: str
    file: str
    in_force_from: str | None = None  # ISO 8601 date; None: the moment of activation
    stop_in_review: bool = False


@dataclass(frozen=True, slots=True)
class QuestionPlan:
    """A question, when it is asked, and what must come of it."""

    name: str
    text: str
    collections: tuple[str, ...]
    outcome: str
    says: str = ""  # words the answer must contain
    not_says: str = ""  # words it must not contain
    expands: bool = False  # abbreviations must have been expanded
    as_of: str | None = None  # ISO 8601; None: what is in force


PEOPLE = (
    Person(MANAGER, "knowledge_manager", "adds editions, puts them in force"),
    Person(REVIEWER, "reviewer", "approves what others added"),
    Person(OFFICER, "compliance_officer", "reads, verifies and proves answers"),
    Person("officer2", "compliance_officer", "agrees to what officer asks for"),
    Person(CLINICIAN, "clinician", "asks"),
)
COLLECTIONS = (
    CollectionPlan(OPIOIDS, "Opioid prescribing", "pain"),
    CollectionPlan(MEASURES, "Prescribing measures", "general practice"),
    CollectionPlan(TOPICS, "Health topics", "general medicine"),
    # What engineers made of the guideline; clinicians' questions go to the guideline.
    CollectionPlan(SUPPORT, "Opioid decision support", "pain"),
)

CDC = "cdc-opioid/all-recommendations"
HIGH_DOSE = "nhs-prescribing-measures/opioidspercent"
RELIEVERS = "nhs-prescribing-measures/saba"
# The threshold above which a dose counts as high: first 120 mg a day, then 90.
EDITION_BEFORE = EditionPlan(HIGH_DOSE, f"{HIGH_DOSE}/v02_2024-01-18.md", "2024-01-18")
NEW_EDITION = EditionPlan(HIGH_DOSE, f"{HIGH_DOSE}/v03_2025-11-17.md")
# The draft between two editions whose recommendations are numbered differently: read
# by nobody but its reviewer.
DRAFT = EditionPlan(CDC, f"{CDC}/v03_2022-11-28.md", stop_in_review=True)
FIRST_EDITIONS = (
    EditionPlan(CDC, f"{CDC}/v02_2022-05-24.md", "2022-05-24"),
    EDITION_BEFORE,
    EditionPlan(RELIEVERS, f"{RELIEVERS}/v04_2025-10-20.md", "2025-10-20"),
    EditionPlan(
        "nhs-prescribing-measures/methotrexate",
        "nhs-prescribing-measures/methotrexate/v03_2024-02-15.md",
        "2024-02-15",
    ),
    EditionPlan(
        "nih-topics/nhlbi-atrial-fibrillation",
        "nih-topics/nhlbi-atrial-fibrillation/v01_2018-01-01.md",
        "2018-01-01",
    ),
    EditionPlan(
        "nih-topics/niddk-urinary-tract-infection-in-adults",
        "nih-topics/niddk-urinary-tract-infection-in-adults/v01_2018-01-01.md",
        "2018-01-01",
    ),
    DRAFT,
)
NEXT_EDITIONS = (
    EditionPlan(CDC, f"{CDC}/v05_2025-09-26.md"),
    EditionPlan(
        "cdc-opioid-files/summary-2022",
        "cdc-opioid-files/summary-2022/v01_2022-11-02.pdf",
    ),
)

DAYS = "How many days of opioids are usually enough for acute pain?"
THRESHOLD = "Above which dose of morphine a day does the risk of harm increase?"
RECALLED_QUESTION = "threshold"
RECALL_REASON = "The threshold was lowered from 120 to 90 mg of morphine a day."
FIRST_QUESTIONS = (
    QuestionPlan(
        "first edition",
        DAYS,
        (OPIOIDS,),
        outcome="answered",
        says="Three days or less will often be sufficient",
    ),
    QuestionPlan(
        RECALLED_QUESTION,
        THRESHOLD,
        (MEASURES,),
        outcome="answered",
        says="above 120mg morphine",
    ),
)
NEXT_QUESTIONS = (
    QuestionPlan(
        "next edition",
        DAYS,
        (OPIOIDS,),
        outcome="answered",
        says="no greater quantity than needed",
        not_says="Three days or less",
    ),
    QuestionPlan(
        "abbreviations",
        "SABA w/o ICS in asthma?",
        (MEASURES,),
        outcome="answered",
        says="without a concomitant prescription of an ICS",
    ),
    QuestionPlan(
        "not in the corpus",
        "What is the dose of amoxicillin for otitis media in children?",
        (OPIOIDS, MEASURES, TOPICS),
        outcome="no_evidence",
    ),
)
CHANGE_QUESTIONS = (
    QuestionPlan(
        "new threshold",
        THRESHOLD,
        (MEASURES,),
        outcome="answered",
        says="above 90mg morphine",
        not_says="above 120mg morphine",
    ),
    QuestionPlan(
        "as of last year",
        THRESHOLD,
        (MEASURES,),
        outcome="answered",
        says="above 120mg morphine",
        as_of="2025-06-01T00:00:00Z",
    ),
)


def documents() -> dict[str, dict[str, Any]]:
    """What the index says of each document, by its id."""
    index = json.loads((GUIDELINES / "index.json").read_text(encoding="utf-8"))
    return {entry["doc_id"]: entry for entry in index}
