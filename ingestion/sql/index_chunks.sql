-- Postings of a document's new passages: each term and how often it occurs, from the
-- positions PostgreSQL's own full-text parser finds in headings and text. Passages
-- whose terms are counted already are left alone, so running it twice adds nothing.
WITH counted AS (
    SELECT
        chunk.id,
        lexeme.lexeme AS term,
        coalesce(cardinality(lexeme.positions), 1) AS frequency
    FROM ingestion_chunk AS chunk
    CROSS JOIN LATERAL unnest(
        to_tsvector(
            %(configuration)s::regconfig,
            array_to_string(chunk.section_path, ' ') || E'\n' || chunk.text
        )
    ) AS lexeme
    WHERE chunk.document_id = %(document_id)s AND chunk.lexeme_count IS NULL
),
posted AS (
    INSERT INTO ingestion_chunkposting (chunk_id, term, frequency)
    SELECT id, term, frequency FROM counted
)
UPDATE ingestion_chunk AS chunk
SET lexeme_count = (
    SELECT coalesce(sum(counted.frequency), 0) FROM counted WHERE counted.id = chunk.id
)
WHERE chunk.document_id = %(document_id)s AND chunk.lexeme_count IS NULL
