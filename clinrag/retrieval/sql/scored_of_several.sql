-- Every passage in force is compared, each by the embedder that was given for its
-- collection: today's or, for a moment that is looked back at, that of then. Cosines of two
-- embedders are not alike: between such collections the order is only as good as that,
-- until all of them are switched. Grouped as in `scored_exactly.sql`.
asked AS (
    SELECT given.shelf, given.embedder, given.vector::halfvec AS vector
    FROM unnest(%(shelves)s::uuid[], %(embedders)s::text[], %(vectors)s::text[])
        AS given (shelf, embedder, vector)
),
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
            1 - (embedded.embedding <=> asked.vector) AS vector_score,
            NULL::float8 AS lexical_score
        FROM searched
        JOIN ingestion_chunk AS chunk ON chunk.id = searched.chunk_id
        JOIN ingestion_document AS home ON home.id = chunk.document_id
        -- LEFT, so that every passage that is counted as searched takes part.
        LEFT JOIN asked ON asked.shelf = home.collection_id
        LEFT JOIN ingestion_chunkembedding AS embedded
            ON embedded.chunk_id = searched.chunk_id
            AND embedded.embedder = asked.embedder
        UNION ALL
        SELECT lexical.chunk_id, NULL, NULL, lexical.lexical_score
        FROM lexical
    ) AS told
    GROUP BY told.chunk_id
),
walk AS (
    SELECT NULL::bigint AS found
),
