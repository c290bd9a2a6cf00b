"""What a person records while comparing two editions.

Promises: a section or a range exists in the very comparison it is recorded for, and
the quoted words are the text's own; saying the same twice is recorded once. Will not:
change or delete what was recorded before.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.events import ComparisonCommented, SectionViewed, ThreadSettled
from ingestion.actions.rows import find_version, lock_version
from ingestion.diffing import ChangeKind, SectionChange
from ingestion.errors import (
    CommenterIsNotAPerson,
    CommentNotFound,
    DescriptionInvalid,
    RangeInvalid,
    SectionUnknown,
    VersionsNotComparable,
)
from ingestion.models import (
    ComparisonComment,
    DocumentVersion,
    SectionViewing,
    ThreadSettlement,
)
from ingestion.models.comparing import Side
from ingestion.queries.comparing import (
    CommentView,
    ThreadView,
    comment_thread,
    comment_view,
    comparison,
    viewed_sections,
)

COMMENT_LENGTH: Final = 4_000


@dataclass(frozen=True, slots=True)
class TextRange:
    """Characters of one side of a section; `quote` is what stands there."""

    section: str
    side: str
    char_start: int
    char_end: int
    quote: str


@transaction.atomic
def view_section(
    version_id: UUID,
    *,
    older_id: UUID,
    section: str,
    is_viewed: bool,
    by: Actor,
    at: datetime,
) -> frozenset[str]:
    """Mark a section as viewed by this person, or no longer; returns all they viewed.

    Raises `VersionNotFound`, `VersionsNotComparable`, `SectionUnknown` and
    `CommenterIsNotAPerson`.
    """
    newer = _compared(version_id, older_id, by=by)
    _section(older_id, version_id, section)
    seen = viewed_sections(older_id, version_id, person_id=by.id)
    if (section in seen) != is_viewed:
        event = SectionViewed(**_about(newer, older_id, section), is_viewed=is_viewed)
        entry = ledger.append(event, by=by, at=at)
        SectionViewing.objects.create(
            entry_id=entry.entry_id,
            older_id=older_id,
            newer=newer,
            section=section,
            is_viewed=is_viewed,
            person_id=by.id,
            person_name=by.name[:200],
            viewed_at=at,
        )
    return viewed_sections(older_id, version_id, person_id=by.id)


@transaction.atomic
def comment_on_range(
    version_id: UUID,
    *,
    older_id: UUID,
    place: TextRange,
    text: str,
    by: Actor,
    at: datetime,
) -> CommentView:
    """Begin a thread on characters of a section.

    Raises `VersionNotFound`, `VersionsNotComparable`, `SectionUnknown`,
    `RangeInvalid`, `DescriptionInvalid` and `CommenterIsNotAPerson`.
    """
    newer = _compared(version_id, older_id, by=by)
    _check_range(_section(older_id, version_id, place.section), place)
    return _write(newer, older_id, place=place, text=text, thread=None, by=by, at=at)


@transaction.atomic
def reply_to_comment(
    thread_id: UUID, *, text: str, by: Actor, at: datetime
) -> CommentView:
    """Answer in a thread; raises `CommentNotFound` and what a comment raises."""
    first = _thread(thread_id)
    newer = _compared(first.newer_id, first.older_id, by=by)
    place = TextRange(
        first.section, first.side, first.char_start, first.char_end, first.quote
    )
    return _write(
        newer, first.older_id, place=place, text=text, thread=first, by=by, at=at
    )


@transaction.atomic
def settle_thread(
    thread_id: UUID, *, is_resolved: bool, by: Actor, at: datetime
) -> ThreadView:
    """Settle a thread, or open it again.

    Raises `CommentNotFound` and `CommenterIsNotAPerson`.
    """
    first = _thread(thread_id)
    newer = _compared(first.newer_id, first.older_id, by=by)
    if comment_thread(thread_id).is_resolved != is_resolved:
        event = ThreadSettled(
            **_about(newer, first.older_id, first.section),
            thread_id=str(thread_id),
            is_resolved=is_resolved,
        )
        entry = ledger.append(event, by=by, at=at)
        ThreadSettlement.objects.create(
            entry_id=entry.entry_id,
            thread=first,
            is_resolved=is_resolved,
            person_id=by.id,
            person_name=by.name[:200],
            settled_at=at,
        )
    return comment_thread(thread_id)


def _compared(version_id: UUID, older_id: UUID, *, by: Actor) -> DocumentVersion:
    """Lock the newer version, so that two clicks at once are recorded as one."""
    if by.kind is not ActorKind.PERSON:
        raise CommenterIsNotAPerson
    older, newer = find_version(older_id), lock_version(version_id)
    if older.document_id != newer.document_id or older_id == version_id:
        raise VersionsNotComparable
    return newer


def _section(older_id: UUID, version_id: UUID, anchor: str) -> SectionChange:
    found = comparison(older_id, version_id).sections
    section = next((one for one in found if one.anchor == anchor), None)
    if section is None or section.kind is ChangeKind.UNCHANGED:
        raise SectionUnknown
    return section


def _check_range(section: SectionChange, place: TextRange) -> None:
    if place.side not in Side.values:
        raise RangeInvalid
    text = section.old_text if place.side == Side.OLD else section.new_text
    if not 0 <= place.char_start < place.char_end <= len(text):
        raise RangeInvalid
    if text[place.char_start : place.char_end] != place.quote:
        raise RangeInvalid


def _thread(thread_id: UUID) -> ComparisonComment:
    row = ComparisonComment.objects.filter(pk=thread_id, thread=None).first()
    if row is None:
        raise CommentNotFound
    return row


def _write(
    newer: DocumentVersion,
    older_id: UUID,
    *,
    place: TextRange,
    text: str,
    thread: ComparisonComment | None,
    by: Actor,
    at: datetime,
) -> CommentView:
    words = text.strip()
    if not 0 < len(words) <= COMMENT_LENGTH:
        raise DescriptionInvalid("text")
    comment = ComparisonComment(
        id=uuid4(),
        older_id=older_id,
        newer=newer,
        thread=thread,
        section=place.section,
        side=place.side,
        char_start=place.char_start,
        char_end=place.char_end,
        quote=place.quote,
        text=words,
        author_id=by.id,
        author_name=by.name[:200],
        written_at=at,
    )
    comment.entry_id = ledger.append(_commented(comment), by=by, at=at).entry_id
    ComparisonComment.objects.bulk_create([comment])
    return comment_view(comment)


def _commented(comment: ComparisonComment) -> ComparisonCommented:
    return ComparisonCommented(
        **_about(comment.newer, comment.older_id, comment.section),
        comment_id=str(comment.id),
        thread_id=str(comment.thread_id or comment.id),
        side=comment.side,
        char_start=comment.char_start,
        char_end=comment.char_end,
        quote_sha256=sha256(comment.quote.encode()).hexdigest(),
        text_sha256=sha256(comment.text.encode()).hexdigest(),
    )


def _about(newer: DocumentVersion, older_id: UUID, section: str) -> dict[str, str]:
    return {
        "document_id": str(newer.document_id),
        "older_id": str(older_id),
        "version_id": str(newer.id),
        "section": section,
    }
