"""What stands behind an answer, laid out for its page.

Promises: a cited passage is cut from its version's own text and compared with the
quote as it was released; a difference is shown, not smoothed over. Will not: read
sealed content; the caller does, with a purpose, and hands it in.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from clinrag.answering.types import AnswerView, Citation, RetrievedRow
from clinrag.web.marks import excerpt
from clinrag.web.reading import weight_of
from ingestion import queries
from ingestion.errors import VersionNotFound
from ingestion.queries import PassageView

UNKNOWN = "unknown"
# The order in which the steps run; the store keeps none.
STEPS = ("screen", "retrieve", "prompt", "draft", "check")


@dataclass(frozen=True, slots=True)
class Source:
    """One cited span within its version's text; `found` when the quote is there."""

    number: int
    document_title: str
    publisher: str
    version_label: str
    page: int | None
    section: str
    weight: tuple[str, ...]
    standing_then: str
    standing_now: str
    char_start: int
    char_end: int
    found: bool
    before: str
    quote: str
    after: str
    cut_before: bool
    cut_after: bool
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One retrieved passage, with what it is called and where it is now."""

    row: RetrievedRow
    title: str
    label: str
    section: str
    standing: str
    text: str
    url: str
    weight: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the prompt, as it was sent."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Bar:
    """How long a step took; `start` and `width` are hundredths of the whole."""

    name: str
    ms: int
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class Timing:
    """The steps of an answer in their order."""

    total: int
    bars: tuple[Bar, ...]


def sources_of(
    citations: Iterable[Citation], *, at: datetime, linked: bool = True
) -> list[Source]:
    """The cited spans by number, each once, with the text around them.

    Without `linked` no address of the version's page is given.
    """
    unique = {one.number: one for one in citations}
    texts: dict[UUID, str] = {}
    return [
        _source(unique[number], texts, at=at, linked=linked)
        for number in sorted(unique)
    ]


def _source(
    citation: Citation, texts: dict[UUID, str], *, at: datetime, linked: bool
) -> Source:
    text = texts.setdefault(citation.version_id, _text_of(citation.version_id))
    around = excerpt(text, start=citation.char_start, end=citation.char_end)
    url = span_url(citation.version_id, citation.char_start, citation.char_end)
    return Source(
        number=citation.number,
        document_title=citation.document_title,
        publisher=citation.publisher,
        version_label=citation.version_label,
        page=citation.page,
        section=" › ".join(citation.section_path),
        weight=tuple(weight_of(citation)),
        standing_then=citation.standing,
        standing_now=standing_at(citation.version_id, at),
        char_start=citation.char_start,
        char_end=citation.char_end,
        found=bool(citation.quote) and around.quote == citation.quote,
        before=around.before,
        quote=around.quote,
        after=around.after,
        cut_before=around.cut_before,
        cut_after=around.cut_after,
        url=url if linked else "",
    )


def _text_of(version_id: UUID) -> str:
    try:
        return queries.version_text(version_id)
    except VersionNotFound:
        return ""


def standing_at(version_id: UUID, at: datetime) -> str:
    """What a version's text is worth at a moment, or `unknown`."""
    try:
        return str(queries.standing(version_id, at))
    except VersionNotFound:
        return UNKNOWN


def span_url(version_id: UUID, start: int, end: int) -> str:
    """The version's page with these characters marked."""
    page = reverse("web:version", args=[version_id])
    return f"{page}?span={start}-{end}#span"


def retrieved_lines(rows: Sequence[RetrievedRow], *, at: datetime) -> list[Line]:
    """Every retrieved passage in the order of its rank."""
    placed = queries.passages_by_placement([row.version_chunk_id for row in rows])
    by_place = {one.version_chunk_id: one for one in placed}
    standings = {row.version_id: standing_at(row.version_id, at) for row in rows}
    return [
        _line(row, by_place.get(row.version_chunk_id), standings[row.version_id])
        for row in sorted(rows, key=lambda one: one.rank)
    ]


def _line(row: RetrievedRow, passage: PassageView | None, standing: str) -> Line:
    if passage is None or passage.content_sha256 != row.content_sha256:
        return Line(
            row, str(row.chunk_id), str(row.version_id)[:8], "", standing, "", ""
        )
    return Line(
        row=row,
        title=passage.document_title,
        label=passage.version_label,
        section=" › ".join(passage.section_path),
        standing=standing,
        text=passage.text,
        url=span_url(row.version_id, passage.char_start, passage.char_end),
        weight=tuple(weight_of(passage)),
    )


def prompt_messages(prompt: str | None) -> list[Message]:
    """The prompt's messages; text that is no list of messages is shown whole."""
    if not prompt:
        return []
    try:
        found = json.loads(prompt)
        return [Message(str(one["role"]), str(one["content"])) for one in found]
    except (ValueError, TypeError, KeyError):
        return [Message("prompt", prompt)]


def timing_of(view: AnswerView) -> Timing:
    """The steps one after the other, in hundredths of the whole."""
    order = {name: place for place, name in enumerate(STEPS)}
    steps = sorted(view.timings_ms, key=lambda step: order.get(step[0], len(order)))
    total = sum(ms for _name, ms in steps)
    bars, at = [], 0
    for name, ms in steps:
        start, width = 100 * at / max(total, 1), 100 * ms / max(total, 1)
        bars.append(Bar(name, ms, f"{start:.2f}", f"{max(width, 0.5):.2f}"))
        at += ms
    return Timing(total, tuple(bars))
