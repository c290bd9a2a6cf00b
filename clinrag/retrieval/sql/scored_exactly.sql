-- Every passage in force is compared.
scored AS MATERIALIZED (
    SELECT
        searched.chunk_id,
        searched.version_chunk_id,
        -- A vector of zeros has no direction: NaN, and so no score.
        nullif(
            1 - (embedded.embedding <=> %(vector)s::halfvec), 'NaN'::float8
        ) AS vector_score,
        lexical.lexical_score
    FROM searched
    LEFT JOIN lexical ON lexical.chunk_id = searched.chunk_id
    LEFT JOIN ingestion_chunkembedding AS embedded
        ON embedded.chunk_id = searched.chunk_id AND embedded.embedder = %(embedder)s
),
