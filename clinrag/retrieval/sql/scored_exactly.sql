-- Every passage in force is compared. Both channels are put together by grouping, not by
-- joining: a planner that takes the passages for few would loop over them for each.
scored AS MATERIALIZED (
    SELECT
        told.chunk_id,
        max(told.version_chunk_id) AS version_chunk_id,
        -- A vector of zeros has no direction: NaN, and so no score.
        nullif(max(told.vector_score), 'NaN'::float8) AS vector_score,
        max(told.lexical_score) AS lexical_score
    FROM (
        SELECT
            searched.chunk_id,
            searched.version_chunk_id,
            1 - (embedded.embedding <=> %(vector)s::halfvec) AS vector_score,
            NULL::float8 AS lexical_score
        FROM searched
        LEFT JOIN ingestion_chunkembedding AS embedded
            ON embedded.chunk_id = searched.chunk_id
            AND embedded.embedder = %(embedder)s
        UNION ALL
        SELECT lexical.chunk_id, NULL, NULL, lexical.lexical_score
        FROM lexical
    ) AS told
    GROUP BY told.chunk_id
),
walk AS (
    SELECT NULL::bigint AS found
),
