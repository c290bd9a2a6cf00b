-- Both channels over the passages in force, in one statement and so on one snapshot.
--
-- Vector: exact cosine similarity of every passage. Lexical: BM25 (Robertson and
-- Zaragoza, "The Probabilistic Relevance Framework", 2009) with the never negative
-- inverse document frequency that Lucene uses. Numbers of passages and their mean length are
-- counted over what is searched, so that a score depends on the text in force at that
-- moment and in those collections, and on nothing else.
--
-- Returns the head of each channel, with both exact scores for every passage in either;
-- always at least one row, for the columns about the corpus.
WITH
-- A passage may stand in a version twice: it is searched once, at its first place.
-- MATERIALIZED, as below: no index may be used that would answer approximately.
active AS MATERIALIZED (
    SELECT found.chunk_id, min(found.version_chunk_id) AS version_chunk_id
    FROM ingestion_active_chunks(
        %(as_of)s::timestamptz, %(collection_ids)s::uuid[]
    ) AS found
    GROUP BY found.chunk_id
),
searched AS MATERIALIZED (
    SELECT
        active.chunk_id,
        active.version_chunk_id,
        coalesce(chunk.lexeme_count, 0)::float8 AS length,
        -- A vector of zeros has no direction: NaN, and so no score.
        nullif(
            1 - (embedded.embedding <=> %(vector)s::halfvec), 'NaN'::float8
        ) AS vector_score
    FROM active
    JOIN ingestion_chunk AS chunk ON chunk.id = active.chunk_id
    LEFT JOIN ingestion_chunkembedding AS embedded
        ON embedded.chunk_id = active.chunk_id AND embedded.embedder = %(embedder)s
),
corpus AS MATERIALIZED (
    SELECT
        count(*)::float8 AS passages,
        greatest(coalesce(avg(length), 0), 1)::float8 AS mean_length
    FROM searched
),
question AS (
    SELECT DISTINCT lexeme AS term
    FROM unnest(to_tsvector(%(configuration)s::regconfig, %(text)s))
),
matched AS MATERIALIZED (
    SELECT
        posting.chunk_id,
        posting.term,
        posting.frequency::float8 AS frequency,
        searched.length,
        count(*) OVER (PARTITION BY posting.term)::float8 AS passages_with_term
    FROM question
    JOIN ingestion_chunkposting AS posting ON posting.term = question.term
    JOIN searched ON searched.chunk_id = posting.chunk_id
),
lexical AS MATERIALIZED (
    SELECT
        matched.chunk_id,
        -- In the order of terms: floating-point sums depend on their order.
        sum(
            ln(
                1 + (corpus.passages - matched.passages_with_term + 0.5)
                / (matched.passages_with_term + 0.5)
            )
            * matched.frequency * (%(k1)s::float8 + 1)
            / (
                matched.frequency
                + %(k1)s::float8 * (
                    1 - %(b)s::float8
                    + %(b)s::float8 * matched.length / corpus.mean_length
                )
            )
            ORDER BY matched.term
        ) AS lexical_score
    FROM matched
    CROSS JOIN corpus
    GROUP BY matched.chunk_id
),
scored AS (
    SELECT
        searched.chunk_id,
        searched.version_chunk_id,
        searched.vector_score,
        lexical.lexical_score,
        max(searched.vector_score) OVER () AS highest_vector,
        max(lexical.lexical_score) OVER () AS highest_lexical,
        row_number() OVER (
            ORDER BY searched.vector_score DESC NULLS LAST, searched.chunk_id
        ) AS vector_rank,
        row_number() OVER (
            ORDER BY lexical.lexical_score DESC NULLS LAST, searched.chunk_id
        ) AS lexical_rank
    FROM searched
    LEFT JOIN lexical ON lexical.chunk_id = searched.chunk_id
)
SELECT
    scored.chunk_id,
    scored.version_chunk_id,
    scored.vector_score,
    scored.vector_rank,
    scored.lexical_score,
    scored.lexical_rank,
    scored.highest_vector,
    scored.highest_lexical,
    corpus.passages::bigint AS searched,
    (
        SELECT change.entry_id
        FROM ingestion_corpuschange AS change
        ORDER BY change.id DESC
        LIMIT 1
    ) AS corpus_position
FROM corpus
LEFT JOIN scored
    ON scored.vector_rank <= %(head)s
    OR (scored.lexical_rank <= %(head)s AND scored.lexical_score IS NOT NULL)
