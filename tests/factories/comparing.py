"""What people record while comparing."""

from typing import Any
from uuid import uuid4

from ingestion.models import (
    ComparisonComment,
    DocumentVersion,
    SectionViewing,
    ThreadSettlement,
)
from tests.factories.ingestion import T0, make_document_version
from tests.factories.people import REVIEWER


def _two(newer: DocumentVersion | None) -> dict[str, DocumentVersion]:
    home = newer or make_document_version()
    return {"newer": home, "older": make_document_version(home.document)}


def make_section_viewing(
    newer: DocumentVersion | None = None, **fields: Any
) -> SectionViewing:
    values = {
        "entry_id": uuid4(),
        "section": "s-0123456789ab",
        "is_viewed": True,
        "person_id": REVIEWER.id,
        "person_name": REVIEWER.name,
        "viewed_at": T0,
    }
    return SectionViewing.objects.create(**(_two(newer) | values | fields))


def make_comparison_comment(
    newer: DocumentVersion | None = None, **fields: Any
) -> ComparisonComment:
    values = {
        "entry_id": uuid4(),
        "section": "s-0123456789ab",
        "side": "new",
        "char_start": 0,
        "char_end": 4,
        "quote": "Take",
        "text": "Is this right?",
        "author_id": REVIEWER.id,
        "author_name": REVIEWER.name,
        "written_at": T0,
    }
    return ComparisonComment.objects.create(**(_two(newer) | values | fields))


def make_thread_settlement(
    thread: ComparisonComment | None = None, **fields: Any
) -> ThreadSettlement:
    values = {
        "entry_id": uuid4(),
        "is_resolved": True,
        "person_id": REVIEWER.id,
        "person_name": REVIEWER.name,
        "settled_at": T0,
    }
    home = thread or make_comparison_comment()
    return ThreadSettlement.objects.create(thread=home, **(values | fields))
