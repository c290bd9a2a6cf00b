"""Loading an index: passages, places, terms and vectors, beside binary COPY.

The limit is binary COPY of the very same rows (with ids of their own) into the very same
tables. The real thing also finds out which passages are new, and what terms they hold.
"""

import hashlib
import random
from datetime import UTC, datetime
from uuid import uuid4

from tests.benchmarks.harness import interleave, report, running_stack

PASSAGES = 2_000
DIMENSIONS = 384
ROUNDS = 5
AT = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = [
    "".join(random.Random(seed).choices("aeioubcdlmnprst", k=4 + seed % 6))
    for seed in range(6_000)
]


def main() -> None:
    with running_stack():
        measure()


def drafts(chosen: random.Random) -> tuple:
    from ingestion.types import ChunkDraft

    made, start = [], 0
    for position in range(PASSAGES):
        text = " ".join(chosen.choices(WORDS, k=90))
        made.append(
            ChunkDraft(
                text, ("A section", f"Part {position // 20}"), position, None, None,
                start, start + len(text), hashlib.sha256(text.encode()).hexdigest(), 120,
            )
        )  # fmt: skip
        start += len(text) + 2
    return tuple(made)


def measure() -> None:  # noqa: PLR0915 - one run, told in order
    from django.db import connection, transaction

    from ingestion.actions import passages
    from ingestion.actions.copying import copy_rows, halfvec
    from ingestion.models import ChunkEmbedding, ChunkPosting, VersionChunk
    from ingestion.types import ChunkedDocument
    from tests.factories.ingestion import make_collection, make_document_version
    from tests.factories.ingestion import make_document as make

    chosen = random.Random(7)
    shelf = make_collection()
    vectors = [
        [chosen.uniform(-1, 1) for _ in range(DIMENSIONS)] for _ in range(PASSAGES)
    ]
    state: dict[str, object] = {}

    def ours() -> None:
        version = state["version"]
        with transaction.atomic():
            passages.store_passages(version, chunked=state["chunked"])
        ids = VersionChunk.objects.filter(version=version).order_by("position")
        pairs = zip(ids.values_list("chunk_id", flat=True), vectors, strict=True)
        with transaction.atomic():
            passages.keep_vectors(
                version.document_id, vectors=dict(pairs), identity="bench@1"
            )

    def limit() -> None:
        with transaction.atomic():
            for table, columns, rows in state["rows"]:
                copy_rows(table, columns=columns, rows=rows)

    def prepare() -> None:
        """A new text, and the rows it will come to, for another document."""
        state["chunked"] = ChunkedDocument("x", drafts(chosen), "bench/1")
        state["version"] = make_document_version(make(shelf), status="parsed")
        state["rows"] = rows_for(make_document_version(make(shelf), status="parsed"))

    def rows_for(version) -> list:
        ids = [uuid4() for _ in range(PASSAGES)]
        cut = state["chunked"].chunks
        terms = [postings(draft) for draft in cut]
        chunk_columns = dict(passages._CHUNK) | {"lexeme_count": "int4"}
        chunks = [
            (one, version.document_id, draft.content_sha256, draft.text,
             list(draft.section_path), 120, "bench/1", sum(found.values()))
            for one, draft, found in zip(ids, cut, terms, strict=True)
        ]  # fmt: skip
        places = [
            (version.id, one, 1, draft.position, None, None, draft.char_start,
             draft.char_end)
            for one, draft in zip(ids, cut, strict=True)
        ]  # fmt: skip
        posted = [
            (one, term, count)
            for one, found in zip(ids, terms, strict=True)
            for term, count in found.items()
        ]
        packed = [
            (one, "bench@1", halfvec(v)) for one, v in zip(ids, vectors, strict=True)
        ]
        state["count"] = len(chunks) + len(places) + len(posted) + len(packed)
        posting = {"chunk_id": "uuid", "term": "text", "frequency": "int4"}
        return [
            ("ingestion_chunk", chunk_columns, chunks),
            (VersionChunk._meta.db_table, passages._PLACE, places),
            (ChunkPosting._meta.db_table, posting, posted),
            (ChunkEmbedding._meta.db_table, passages._VECTOR, packed),
        ]

    def postings(draft) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT lexeme, cardinality(positions) FROM unnest(to_tsvector("
                "'english', %s))",
                [" ".join(draft.section_path) + "\n" + draft.text],
            )
            return dict(cursor.fetchall())

    measured = None
    for _ in range(ROUNDS):
        prepare()
        once = interleave(
            {"binary COPY of the same rows": limit, "the index, as ingestion writes it": ours},
            rounds=1,
        )  # fmt: skip
        measured = once if measured is None else [
            type(a)(a.name, a.seconds + b.seconds)
            for a, b in zip(measured, once, strict=True)
        ]  # fmt: skip
    count = state["count"]
    assert isinstance(count, int)
    title = f"Loading an index: {PASSAGES} passages, {count} rows in four tables"
    report(title, measured or [], unit="rows", per_round=count)
