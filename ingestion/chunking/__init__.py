"""Cuts a parsed document into passages along its own structure.

Promises: pure and deterministic; never a passage across two sections; a table
stays whole, or is cut between rows with its header repeated; list items keep the
words that introduce them, a recommendation its grade; no passage, with its section
path, is longer than the embedder reads, save one that cannot be cut; the version's
text is written here, so that every span is exact.
Will not: drop words. What repeats (a header row, a lead-in) repeats in the version's
text too. A change of behaviour is a change of `CHUNKER`, and other sizes than the usual
ones are a name beside it: both are another identity for every passage.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ingestion.chunking.measure import Measure, embedding_text, path_line
from ingestion.chunking.packing import pack
from ingestion.chunking.pieces import Piece, render
from ingestion.chunking.sections import Section, sections_of
from ingestion.chunking.splitting import split
from ingestion.chunking.units import units_of
from ingestion.types import ChunkDraft, ChunkedDocument, ParsedDocument

__all__ = [
    "CHUNKER",
    "USUAL_LEAST",
    "ChunkingParameters",
    "chunk",
    "content_hash",
    "embedding_text",
    "sized",
]

CHUNKER: Final = "structure/2"
SPECIAL_TOKENS: Final = 2  # an embedder's marks at the start and the end
SMALLEST_BUDGET: Final = 8
COUNTS_KEPT: Final = 4096
LONGEST_GRADE: Final = 200
USUAL_LEAST: Final = 32
# Superscripts, subscripts, fractions and ringed digits: numbers of their own.
SET_APART: Final = re.compile(
    "([\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209c\u2150-\u215f\u2189"
    "\u2460-\u24ff\u2776-\u2793]+)"
)


@dataclass(frozen=True, slots=True)
class ChunkingParameters:
    """Sizes in tokens of the embedder.

    `max_tokens` is what the embedder reads, special tokens and section path
    included; neighbours in a section join when one has fewer than `min_tokens`.
    `sizes` names what was asked for; empty for the usual, whatever the embedder reads.
    """

    max_tokens: int = 256
    min_tokens: int = USUAL_LEAST
    sizes: str = ""

    @property
    def chunker(self) -> str:
        """What stands in every identity of passages cut so: "structure/2;max=128"."""
        return f"{CHUNKER};{self.sizes}" if self.sizes else CHUNKER


def sized(
    limit: int, *, max_tokens: int | None = None, min_tokens: int | None = None
) -> ChunkingParameters:
    """The sizes asked for, under an embedder that reads `limit` tokens.

    What asks for no more than the usual is the usual, and changes no identity.
    """
    asked = []
    if max_tokens is not None and max_tokens < limit:
        asked.append(f"max={max_tokens}")
    if min_tokens is not None and min_tokens != USUAL_LEAST:
        asked.append(f"min={min_tokens}")
    return ChunkingParameters(
        max_tokens=min(limit, max_tokens or limit),
        min_tokens=USUAL_LEAST if min_tokens is None else min_tokens,
        sizes=";".join(asked),
    )


def chunk(
    parsed: ParsedDocument,
    *,
    parameters: ChunkingParameters,
    count_tokens: Callable[[str], int],
) -> ChunkedDocument:
    """Return the version's text and its passages, in order."""
    counted = lru_cache(maxsize=COUNTS_KEPT)(count_tokens)
    page = _Page(counted, chunker=parameters.chunker)
    for section in sections_of(parsed.blocks):
        page.write_heading(section)
        for pieces in _passages(section, parameters, counted):
            page.write_passage(pieces, path=section.path)
    return ChunkedDocument(
        text="".join(page.text),
        chunks=tuple(page.chunks),
        chunker=parameters.chunker,
    )


def content_hash(
    text: str, *, section_path: tuple[str, ...], chunker: str | None = None
) -> str:
    """Identify a passage by its words, its place in the outline and the chunker."""
    named = chunker or CHUNKER
    parts = [named, [_canonical(part) for part in section_path], _canonical(text)]
    encoded = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(encoded.encode()).hexdigest()


def _passages(
    section: Section,
    parameters: ChunkingParameters,
    count_tokens: Callable[[str], int],
) -> list[tuple[Piece, ...]]:
    overhead = SPECIAL_TOKENS + count_tokens(path_line(section.path))
    measure = Measure(
        count_tokens,
        budget=max(parameters.max_tokens - overhead, SMALLEST_BUDGET),
    )
    parts = [part for unit in units_of(section.blocks) for part in split(unit, measure)]
    return pack(parts, measure=measure, min_tokens=parameters.min_tokens)


def _canonical(text: str) -> str:
    """Fold spaces, ligatures and widths, but never a raised or lowered digit.

    With those folded, an edition that corrects "109/L" to "10⁹/L", or "51⁄2" to
    "5½", would be taken for the old passage and go on showing the error.
    """
    parts = SET_APART.split(text)
    folded = (
        part if place % 2 else unicodedata.normalize("NFKC", part)
        for place, part in enumerate(parts)
    )
    return " ".join("".join(folded).split())


def _said(words: Iterable[str | None]) -> str:
    """Each once, in order: a passage may hold several recommendations."""
    return "; ".join(dict.fromkeys(word for word in words if word))[:LONGEST_GRADE]


class _Page:
    """The version's text as it is written, with the passages found in it."""

    def __init__(self, count_tokens: Callable[[str], int], *, chunker: str) -> None:
        self.text: list[str] = []
        self.chunks: list[ChunkDraft] = []
        self._length = 0
        self._count_tokens = count_tokens
        self._chunker = chunker

    def write_heading(self, section: Section) -> None:
        for heading in section.headings:
            self._write(f"{'#' * max(heading.level, 1)} {heading.text}", joint="\n\n")

    def write_passage(
        self, pieces: tuple[Piece, ...], *, path: tuple[str, ...]
    ) -> None:
        text = render(pieces)
        start = self._write(text, joint=pieces[0].joint)
        sure = [one.confidence for one in pieces if one.confidence is not None]
        pages = [piece.page for piece in pieces if piece.page is not None]
        self.chunks.append(
            ChunkDraft(
                text=text,
                section_path=path,
                position=len(self.chunks),
                page_from=min(pages, default=None),
                page_to=max(pages, default=None),
                char_start=start,
                char_end=start + len(text),
                content_sha256=content_hash(
                    text, section_path=path, chunker=self._chunker
                ),
                token_count=self._count_tokens(text),
                strength=_said(piece.strength for piece in pieces),
                certainty=_said(piece.certainty for piece in pieces),
                confidence=min(sure, default=None),
            )
        )

    def _write(self, text: str, *, joint: str) -> int:
        lead = joint if self.text else ""
        self.text.append(lead + text)
        self._length += len(lead) + len(text)
        return self._length - len(text)
