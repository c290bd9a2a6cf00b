-- How many passages in force hold all the words of each meaning of an abbreviation.
WITH
active AS MATERIALIZED (
    SELECT DISTINCT found.chunk_id
    FROM ingestion_active_chunks(
        %(as_of)s::timestamptz,
        %(collection_ids)s::uuid[],
        %(known_at)s::timestamptz,
        %(supposing)s::uuid,
        %(indexed_at)s::timestamptz
    ) AS found
),
meaning AS MATERIALIZED (
    SELECT
        given.place,
        tsvector_to_array(
            to_tsvector(%(configuration)s::regconfig, given.meaning)
        ) AS terms
    FROM unnest(%(meanings)s::text[]) WITH ORDINALITY AS given (meaning, place)
),
holding AS (
    SELECT meaning.place, posting.chunk_id
    FROM meaning
    CROSS JOIN LATERAL unnest(meaning.terms) AS wanted (term)
    JOIN ingestion_chunkposting AS posting ON posting.term = wanted.term
    JOIN active ON active.chunk_id = posting.chunk_id
    GROUP BY meaning.place, meaning.terms, posting.chunk_id
    HAVING count(*) = cardinality(meaning.terms)
)
SELECT meaning.place, count(holding.chunk_id) AS passages
FROM meaning
LEFT JOIN holding ON holding.place = meaning.place
GROUP BY meaning.place
ORDER BY meaning.place
