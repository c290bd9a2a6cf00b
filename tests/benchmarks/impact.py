"""Impact over a million answers and six million references.

The rows are made by SQL, as they would stand after years: answers of 400 askers spread
over two years; most cite one of 300 editions at random, and one edition in five is as
busy as all others together, so that the hottest is used by a fifth of all answers. The
limit of each measure is the statement a person would write for it by hand over the same
table. Memory is the growth of the process over a whole export.
"""

import resource
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from clinrag.local import databases
from clinrag.local.stack import Stack
from tests.benchmarks.harness import Measurement, interleave, running_stack

ANSWERS = 1_000_000
REFERENCES = 6
EXPORTED = 200_000
ROUNDS = 7
FIRST_PAGE_MS, COUNT_S, EXPORT_S, EXPORT_MB = 20, 0.5, 10, 16

_FILL = (
    "SET session_replication_role = replica",
    """
    ALTER TABLE answering_answerreference
    DISABLE TRIGGER answering_answerreference_in_time
    """,
    """
    CREATE TEMPORARY TABLE made AS
    SELECT number, ('00000000-0000-4000-8000-' || lpad(to_hex(number), 12, '0'))::uuid
        AS id, timestamptz '2024-01-01' + number * interval '63 seconds' AS at,
        1 + number % 400 AS asker
    FROM generate_series(1::bigint, {answers}) AS number
    """,
    """
    INSERT INTO answering_asker (id, app, unit, actor_id)
    SELECT n, 'app-' || n % 8, 'unit-' || n % 40, 'key:' || n
    FROM generate_series(1, 400) AS n
    """,
    """
    INSERT INTO answering_answer (id, state, outcome, query_entry_id, entry_id, app,
        purpose, actor_id, actor_name, collections, as_of, policy, answerer, parameters,
        template, template_sha256, confidence, fallback_used, timings_ms, created_at)
    SELECT id, 'released', 'answered', gen_random_uuid(), gen_random_uuid(),
        'app-' || asker % 8, 'care', 'key:' || asker, 'Ward', ARRAY['pain'], at, '', '',
        '[]', '', '', 'high', false, '{{}}', at FROM made
    """,
    # Passages 1 to 60 of an edition; edition 1 for the first passages of every fifth.
    """
    INSERT INTO answering_answerreference
        (answer_id, chunk_id, version_id, asked_at, asker_id, use, uses_of_version)
    SELECT id,
        ('00000000-0000-4000-9000-' || lpad(to_hex(edition * 100 + passage), 12, '0'))::uuid,
        ('00000000-0000-4000-a000-' || lpad(to_hex(edition), 12, '0'))::uuid, at, asker,
        CASE WHEN rank = 0 THEN 1 WHEN rank < 4 THEN 2 ELSE 3 END,
        CASE WHEN edition = 1 AND rank = 0 THEN 7 WHEN edition = 1 THEN 0
             WHEN rank = 0 THEN 3 WHEN rank = 3 THEN 6 ELSE 0 END
    FROM (
        SELECT made.*, rank,
            CASE WHEN number % 5 = 0 THEN 1
                 ELSE 2 + (number * 7919 + rank / 3) % 299 END AS edition,
            (number * 31 + rank) % 60 AS passage
        FROM made CROSS JOIN generate_series(0, {references} - 1) AS rank
    ) AS wanted
    """,
    # The corpus: two editions of each document, half of the passages kept.
    """
    INSERT INTO ingestion_collection
        (id, slug, name, specialty, language, audience, created_at)
    VALUES ('00000000-0000-4000-c000-000000000001', 'pain', 'Pain', 'pain', 'en',
        'everyone', '2024-01-01')
    """,
    """
    INSERT INTO ingestion_document (id, collection_id, title, publisher, citation, url,
        licence, language, owner_id, created_at)
    SELECT ('00000000-0000-4000-b000-' || lpad(to_hex(n), 12, '0'))::uuid,
        '00000000-0000-4000-c000-000000000001', 'Guideline ' || n, '', '', '', '', 'en',
        'user:1', '2024-01-01'
    FROM generate_series(1, 300) AS n
    """,
    """
    INSERT INTO ingestion_documentversion (id, document_id, number, label, filename,
        content_sha256, byte_size, author_id, author_name, received_at, attended_at,
        media_type, parser, parsed_sha256, chunker, embedder, warnings, progress, status,
        failure_code, failure_message, in_force_from, in_force_to, withdrawal_reason)
    SELECT ('00000000-0000-4000-' || kind || '000-' || lpad(to_hex(n), 12, '0'))::uuid,
        ('00000000-0000-4000-b000-' || lpad(to_hex(n), 12, '0'))::uuid, number,
        number || '', 'x', n || kind, 1, 'user:1', '', '2024-01-01', '2024-01-01', '', '',
        '', '', '', '[]', '{{}}', 'in_force', '', '', starts, ends, ''
    FROM generate_series(1, 300) AS n, (VALUES
        ('a', 1, timestamptz '2023-01-01', timestamptz '2025-06-01'),
        ('d', 2, timestamptz '2025-06-01', NULL)) AS edition (kind, number, starts, ends)
    """,
    """
    INSERT INTO ingestion_chunk (id, document_id, content_sha256, text, section_path,
        token_count, chunker)
    SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(n * 100 + p), 12, '0'))::uuid,
        ('00000000-0000-4000-b000-' || lpad(to_hex(n), 12, '0'))::uuid, n || '-' || p,
        repeat('Guideline ' || n || ' says this of passage ' || p || '. ', 12),
        ARRAY['Part'], 100, 'structure/1'
    FROM generate_series(1, 300) AS n, generate_series(0, 89) AS p
    """,
    """
    INSERT INTO ingestion_versionchunk
        (version_id, chunk_id, position, char_start, char_end)
    SELECT ('00000000-0000-4000-' || kind || '000-' || lpad(to_hex(n), 12, '0'))::uuid,
        ('00000000-0000-4000-9000-' || lpad(to_hex(n * 100 + p), 12, '0'))::uuid, p, 0, 1
    FROM generate_series(1, 300) AS n, generate_series(0, 89) AS p,
        (VALUES ('a', 0, 59), ('d', 30, 89)) AS edition (kind, low, high)
    WHERE p BETWEEN low AND high
    """,
    "SET session_replication_role = origin",
    """
    ALTER TABLE answering_answerreference
    ENABLE ALWAYS TRIGGER answering_answerreference_in_time
    """,
)
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE indexname IN ('answer_reference_by_version', 'answer_reference_by_chunk')
"""
_RAW_PAGE = """
SELECT DISTINCT asked_at, answer_id FROM answering_answerreference
WHERE version_id = %s ORDER BY asked_at DESC, answer_id DESC LIMIT 51
"""
_RAW_COUNT = """
SELECT count(DISTINCT answer_id) FROM answering_answerreference WHERE version_id = %s
"""


def edition(number: int) -> UUID:
    return UUID(f"00000000-0000-4000-a000-{number:012x}")


def passage(of: int, number: int) -> UUID:
    return UUID(f"00000000-0000-4000-9000-{of * 100 + number:012x}")


def main() -> None:
    with running_stack() as stack:
        began = time.perf_counter()
        fill(stack)
        print(
            f"\nImpact over {ANSWERS:,} answers and {ANSWERS * REFERENCES:,} references"
            f" (made in {time.perf_counter() - began:.0f} s; {sizes(stack)})"
        )
        pages()
        counts()
        export()


def fill(stack: Stack) -> None:
    import psycopg

    with psycopg.connect(superuser_url(stack), autocommit=True) as connection:
        connection.execute("SET work_mem = '256MB'")
        connection.execute("SET maintenance_work_mem = '512MB'")
        indexes = connection.execute(_INDEXES).fetchall()
        for name, _definition in indexes:
            connection.execute(f"DROP INDEX {name}")
        for statement in _FILL:
            connection.execute(statement.format(answers=ANSWERS, references=REFERENCES))
        for _name, definition in indexes:
            connection.execute(definition)
        connection.execute("VACUUM (ANALYZE)")


def superuser_url(stack: Stack) -> str:
    return stack._cluster.url(databases.RECORDS)


def sizes(stack: Stack) -> str:
    import psycopg

    with psycopg.connect(superuser_url(stack)) as connection:
        row = connection.execute(
            "SELECT pg_table_size('answering_answerreference') / 1048576,"
            " pg_indexes_size('answering_answerreference') / 1048576"
        ).fetchone()
    return f"table {row[0]} MB, indexes {row[1]} MB" if row else ""


def targets() -> dict[str, Any]:
    from clinrag.answering.impact.types import Target
    from clinrag.answering.reach import TargetKind

    section = frozenset(passage(1, number) for number in range(20))
    change = frozenset(passage(of, n) for of in range(2, 22) for n in range(50))
    return {
        "hottest edition": Target(TargetKind.VERSION, edition(1)),
        "usual edition": Target(TargetKind.VERSION, edition(7)),
        "section of 20 passages": Target(TargetKind.SECTION, edition(1), section),
        "one passage": Target(TargetKind.CHUNK, edition(1), frozenset({passage(1, 5)})),
        "change of 1,000 passages": Target(TargetKind.CHANGE, edition(2), change),
    }


def pages() -> None:
    from clinrag.answering.impact.queries import touched_answers
    from clinrag.answering.impact.types import ImpactFilters
    from clinrag.answering.reach import Use

    at = datetime.now(UTC)
    found = targets()
    hot = found["hottest edition"]
    one_asker = ImpactFilters(actor_id="key:76")
    rare = ImpactFilters(actor_id="key:76", uses=frozenset({Use.CUT}), unit="unit-36")
    page = touched_answers(hot, at=at)
    middle = ImpactFilters(until=datetime(2025, 1, 1, tzinfo=UTC))
    runs = {"by hand: hottest, ids only": lambda: raw(_RAW_PAGE)}
    runs |= {
        f"first page, {name}": lambda target=target: touched_answers(target, at=at)
        for name, target in found.items()
    }
    runs |= {
        "second page, hottest": lambda: touched_answers(
            hot, at=at, cursor=page.next_cursor
        ),
        "page in the middle, hottest": lambda: touched_answers(
            hot, at=at, filters=middle
        ),
        "first page, hottest, of one key": lambda: touched_answers(
            hot, at=at, filters=one_asker
        ),
        "first page, hottest, key, unit, cut": lambda: touched_answers(
            hot, at=at, filters=rare
        ),
    }
    for run in runs.values():
        run()
    measured = interleave(runs, rounds=ROUNDS)
    tell("Pages of 50 answers with their standings", measured, bar=FIRST_PAGE_MS / 1e3)


def counts() -> None:
    from clinrag.answering.impact.counting import count_touched

    runs = {"by hand: hottest, one number": lambda: raw(_RAW_COUNT)}
    runs |= {
        f"counts, {name}": lambda target=target: count_touched(target)
        for name, target in targets().items()
    }
    measured = interleave(runs, rounds=ROUNDS)
    tell("Counts by app, unit, key and month", measured, bar=COUNT_S)
    hot = count_touched(targets()["hottest edition"])
    print(f"  the hottest edition was used by {hot.answers:,} answers")


def export() -> None:
    from clinrag.answering.impact.lists import impact_lines
    from clinrag.answering.impact.types import ImpactFilters

    hot, at = targets()["hottest edition"], datetime.now(UTC)
    print("\nExport of the hottest edition, standings included")
    for form in ("csv", "jsonl"):
        lines = impact_lines(hot, form=form, at=at, filters=ImpactFilters())
        for _ in range(2_000):
            next(lines)
        before, began, number, size = peak(), time.perf_counter(), 2_000, 0
        for line in lines:
            number, size = number + 1, size + len(line)
        seconds, grown = time.perf_counter() - began, peak() - before
        needed = EXPORTED / ((number - 2_000) / seconds)
        met = "met" if needed <= EXPORT_S and grown <= EXPORT_MB else "MISSED"
        print(
            f"  {form:<6} {number:,} lines in {seconds:.1f} s"
            f" ({EXPORTED:,} in {needed:.1f} s), memory grew by {grown:.1f} MB"
            f"  bar {EXPORTED:,} in {EXPORT_S} s, {EXPORT_MB} MB: {met}"
        )


def raw(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, [edition(1)])
        cursor.fetchall()


def tell(title: str, measured: list[Measurement], *, bar: float) -> None:
    print(f"\n{title} (bar {bar * 1000:.0f} ms)")
    limit = measured[0].typical
    for one in measured:
        met = "" if one is measured[0] else "met" if one.typical <= bar else "MISSED"
        print(
            f"  {one.name:<40} {one.typical * 1000:8.1f} ms"
            f"  ({min(one.seconds) * 1000:.1f} to {max(one.seconds) * 1000:.1f})"
            f"  {one.typical / limit:6.2f} x by hand  {met}"
        )


def peak() -> float:
    """The most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
