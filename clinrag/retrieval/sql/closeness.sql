-- Where the words of the question stand: in the question itself (no passage), and in
-- each of a few passages, headings included, as they are posted.
WITH question AS (
    SELECT found.lexeme, found.positions
    FROM unnest(to_tsvector(%(configuration)s::regconfig, %(asked)s)) AS found
),
passage AS (
    SELECT
        chunk.id,
        to_tsvector(
            %(configuration)s::regconfig,
            array_to_string(chunk.section_path, ' ') || E'\n' || chunk.text
        ) AS vector
    FROM ingestion_chunk AS chunk
    WHERE chunk.id = ANY (%(chunk_ids)s::uuid[])
)
SELECT NULL::uuid AS chunk_id, question.lexeme AS term, question.positions
FROM question
UNION ALL
SELECT passage.id, found.lexeme, found.positions
FROM passage
CROSS JOIN LATERAL unnest(passage.vector) AS found
WHERE found.lexeme IN (SELECT question.lexeme FROM question)
