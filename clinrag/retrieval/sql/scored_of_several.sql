-- Every passage in force is compared, each by its own collection's embedder. Cosines of
-- two embedders are not alike: between such collections the order is only as good as
-- that, until all of them are switched. Grouped as in `scored_exactly.sql`.
asked AS (
    SELECT given.shelf, given.embedder, given.vector::halfvec AS vector
    FROM unnest(%(shelves)s::text[], %(embedders)s::text[], %(vectors)s::text[])
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
        JOIN ingestion_collection AS shelf ON shelf.id = home.collection_id
        JOIN asked ON asked.shelf = shelf.embedder
        LEFT JOIN ingestion_chunkembedding AS embedded
            ON embedded.chunk_id = searched.chunk_id
            AND embedded.embedder = asked.embedder
        UNION ALL
        SELECT lexical.chunk_id, NULL, NULL, lexical.lexical_score
        FROM lexical
    ) AS told
    GROUP BY told.chunk_id
    -- One whose collection was switched just now takes no part.
    HAVING max(told.version_chunk_id) IS NOT NULL
),
