-- The nearest that a walk offered (`near.sql`), where they are in force on this snapshot
-- too, and the best by words are compared, exactly.
near AS MATERIALIZED (
    SELECT searched.chunk_id
    FROM searched
    WHERE searched.chunk_id = ANY (%(near)s::uuid[])
),
-- Told apart from what the words found: a walk may come back short.
walk AS (
    SELECT count(*) AS found FROM near
),
best_by_words AS (
    SELECT lexical.chunk_id
    FROM lexical
    ORDER BY lexical.lexical_score DESC, lexical.chunk_id
    LIMIT %(wide)s
),
candidate AS MATERIALIZED (
    SELECT near.chunk_id FROM near
    UNION
    SELECT best_by_words.chunk_id FROM best_by_words
),
-- Conditions again where a join might be made by looping; grouped as in
-- `scored_exactly.sql`.
scored AS MATERIALIZED (
    SELECT
        told.chunk_id,
        max(told.version_chunk_id) AS version_chunk_id,
        nullif(max(told.vector_score), 'NaN'::float8) AS vector_score,
        max(told.lexical_score) AS lexical_score
    FROM (
        SELECT
            searched.chunk_id,
            searched.version_chunk_id,
            NULL::float8 AS vector_score,
            NULL::float8 AS lexical_score
        FROM searched
        WHERE (searched.chunk_id IN (SELECT candidate.chunk_id FROM candidate)) IS TRUE
        UNION ALL
        SELECT
            candidate.chunk_id,
            NULL,
            1 - (embedded.embedding <=> %(vector)s::halfvec),
            NULL
        FROM candidate
        JOIN ingestion_chunkembedding AS embedded
            ON embedded.chunk_id = candidate.chunk_id
            AND embedded.embedder = %(embedder)s
        UNION ALL
        SELECT lexical.chunk_id, NULL, NULL, lexical.lexical_score
        FROM lexical
        WHERE (lexical.chunk_id IN (SELECT candidate.chunk_id FROM candidate)) IS TRUE
    ) AS told
    GROUP BY told.chunk_id
),
