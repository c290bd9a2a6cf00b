-- Every passage in force is compared, each by its own collection's embedder. Cosines of
-- two embedders are not alike: between such collections the order is only as good as
-- that, until all of them are switched.
asked AS (
    SELECT given.shelf, given.embedder, given.vector::halfvec AS vector
    FROM unnest(%(shelves)s::text[], %(embedders)s::text[], %(vectors)s::text[])
        AS given (shelf, embedder, vector)
),
scored AS MATERIALIZED (
    SELECT
        searched.chunk_id,
        searched.version_chunk_id,
        nullif(
            1 - (embedded.embedding <=> asked.vector), 'NaN'::float8
        ) AS vector_score,
        lexical.lexical_score
    FROM searched
    JOIN ingestion_chunk AS chunk ON chunk.id = searched.chunk_id
    JOIN ingestion_document AS home ON home.id = chunk.document_id
    JOIN ingestion_collection AS shelf ON shelf.id = home.collection_id
    JOIN asked ON asked.shelf = shelf.embedder
    LEFT JOIN lexical ON lexical.chunk_id = searched.chunk_id
    LEFT JOIN ingestion_chunkembedding AS embedded
        ON embedded.chunk_id = searched.chunk_id AND embedded.embedder = asked.embedder
),
