-- Postings of a document's new passages: each term and how often it occurs, from the
-- positions PostgreSQL's own full-text parser finds in headings and text. Passages
-- whose terms are counted already are left alone, so running it twice adds nothing.
WITH described AS MATERIALIZED (
    SELECT
        chunk.id,
        to_tsvector(
            %(configuration)s::regconfig,
            array_to_string(chunk.section_path, ' ') || E'\n' || chunk.text
        ) AS vector
    FROM ingestion_chunk AS chunk
    WHERE chunk.document_id = %(document_id)s AND chunk.lexeme_count IS NULL
),
posted AS (
    INSERT INTO ingestion_chunkposting (chunk_id, term, frequency)
    SELECT described.id, lexeme.lexeme, coalesce(cardinality(lexeme.positions), 1)
    FROM described
    CROSS JOIN LATERAL unnest(described.vector) AS lexeme
)
UPDATE ingestion_chunk AS chunk
-- From the passage's own terms: a sum over all postings would be looked up again for
-- each passage, which took minutes at 10,000.
SET lexeme_count = (
    SELECT coalesce(sum(coalesce(cardinality(lexeme.positions), 1)), 0)
    FROM unnest(described.vector) AS lexeme
)
FROM described
WHERE chunk.id = described.id
