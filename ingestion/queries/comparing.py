"""What changed between two versions, and what people recorded about it.

Promises: compares what readers see, passage by passage; the same two texts are
compared once by a process that keeps being asked. Will not: judge whether a change
matters, or decide who may see what.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from ingestion import diffing
from ingestion.diffing import Comparison
from ingestion.errors import CommentNotFound
from ingestion.models import ComparisonComment, SectionViewing, ThreadSettlement
from ingestion.queries.passages import passages_of

# A guideline's comparison takes megabytes and seconds; a reviewer asks for one or two
# of them again and again. Texts never change, so nothing here can be stale.
KEPT: Final = 8


@dataclass(frozen=True, slots=True)
class _Compared:
    """A passage without its ids: equal texts are compared once."""

    text: str
    section_path: tuple[str, ...]
    content_sha256: str


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment; `thread_id` is its own id unless it replies to another."""

    id: UUID
    thread_id: UUID
    older_id: UUID
    version_id: UUID
    section: str
    side: str
    char_start: int
    char_end: int
    quote: str
    text: str
    author_id: str
    author_name: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A thread in the order it was written; unsettled until somebody settles it."""

    id: UUID
    comments: tuple[CommentView, ...]
    is_resolved: bool
    settled_by_name: str = ""
    settled_at: datetime | None = None

    @property
    def first(self) -> CommentView:
        return self.comments[0]


def comparison(old_id: UUID, new_id: UUID) -> Comparison:
    """What changed from one version to another, section by section."""
    return _compare(_texts(old_id), _texts(new_id))


@lru_cache(maxsize=KEPT)
def _compare(old: tuple[_Compared, ...], new: tuple[_Compared, ...]) -> Comparison:
    return diffing.compare(old, new)


def _texts(version_id: UUID) -> tuple[_Compared, ...]:
    return tuple(
        _Compared(one.text, one.section_path, one.content_sha256)
        for one in passages_of(version_id)
    )


def viewed_sections(old_id: UUID, new_id: UUID, *, person_id: str) -> frozenset[str]:
    """The anchors of the sections that this person marked as viewed."""
    rows = SectionViewing.objects.filter(
        older_id=old_id, newer_id=new_id, person_id=person_id
    ).order_by("viewed_at", "id")
    latest = dict(rows.values_list("section", "is_viewed"))
    return frozenset(section for section, is_viewed in latest.items() if is_viewed)


def comment_threads(old_id: UUID, new_id: UUID) -> list[ThreadView]:
    """All threads of a comparison, the oldest first."""
    rows = ComparisonComment.objects.filter(older_id=old_id, newer_id=new_id)
    return _threads(rows.order_by("written_at", "id"))


def comment_thread(thread_id: UUID) -> ThreadView:
    """One thread; raises `CommentNotFound` for a reply's id, too."""
    rows = ComparisonComment.objects.filter(pk=thread_id, thread=None)
    replies = ComparisonComment.objects.filter(thread_id=thread_id)
    found = _threads([*rows, *replies.order_by("written_at", "id")])
    if not found:
        raise CommentNotFound
    return found[0]


def comment(comment_id: UUID) -> CommentView:
    """One comment or reply; raises `CommentNotFound`."""
    row = ComparisonComment.objects.filter(pk=comment_id).first()
    if row is None:
        raise CommentNotFound
    return comment_view(row)


def _threads(rows: Iterable[ComparisonComment]) -> list[ThreadView]:
    threads: dict[UUID, list[CommentView]] = {}
    for row in rows:
        threads.setdefault(row.thread_id or row.id, []).append(comment_view(row))
    settled = _settlements(threads)
    return [
        _thread_view(thread_id, comments, settled.get(thread_id))
        for thread_id, comments in threads.items()
    ]


def _settlements(threads: Iterable[UUID]) -> dict[UUID, ThreadSettlement]:
    """The latest settlement of each thread."""
    rows = ThreadSettlement.objects.filter(thread_id__in=list(threads))
    return {row.thread_id: row for row in rows.order_by("settled_at", "id")}


def _thread_view(
    thread_id: UUID, comments: list[CommentView], settled: ThreadSettlement | None
) -> ThreadView:
    return ThreadView(
        id=thread_id,
        comments=tuple(comments),
        is_resolved=bool(settled and settled.is_resolved),
        settled_by_name=settled.person_name if settled else "",
        settled_at=settled.settled_at if settled else None,
    )


def comment_view(row: ComparisonComment) -> CommentView:
    return CommentView(
        id=row.id,
        thread_id=row.thread_id or row.id,
        older_id=row.older_id,
        version_id=row.newer_id,
        section=row.section,
        side=row.side,
        char_start=row.char_start,
        char_end=row.char_end,
        quote=row.quote,
        text=row.text,
        author_id=row.author_id,
        author_name=row.author_name,
        written_at=row.written_at,
    )
