-- Both channels over the passages in force, in one statement and so on one snapshot.
--
-- Vector: cosine similarity; of which passages is said where -- {scored} -- stands, in one
-- of the files `scored_*.sql`. Lexical: BM25 (Robertson and
-- Zaragoza, "The Probabilistic Relevance Framework", 2009) with the never negative
-- inverse document frequency that Lucene uses; the most a passage could have is returned. Numbers of passages and their mean length are
-- counted over what is searched, so that a score depends on the text in force at that
-- moment and in those collections, and on nothing else.
--
-- Returns the best by each channel and by both together, with both exact scores; always at
-- least one row, for the columns about the corpus. The final order is made by
-- `clinrag.retrieval.fusion`, which also checks that nothing was left out here.
WITH
-- A passage may stand in a version twice: it is searched once, at its first place.
-- MATERIALIZED, as below: no index may be used that would answer approximately. Joined
-- before it is grouped: of groups the planner expects 200 however many there are, and
-- would look each of a hundred thousand up.
searched AS MATERIALIZED (
    SELECT
        found.chunk_id,
        min(found.version_chunk_id) AS version_chunk_id,
        max(coalesce(chunk.lexeme_count, 0))::float8 AS length
    FROM ingestion_active_chunks(
        %(as_of)s::timestamptz,
        %(collection_ids)s::uuid[],
        %(known_at)s::timestamptz,
        %(supposing)s::uuid,
        %(indexed_at)s::timestamptz
    ) AS found
    JOIN ingestion_chunk AS chunk ON chunk.id = found.chunk_id
    GROUP BY found.chunk_id
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
-- Of few passages each is asked for each term; of many, postings are read term by term, in
-- one go each, whoever's they are. Which of the two is a fact by now and no estimate: the
-- planner would look up passage by passage while it knows little of new rows. Hence
-- LATERAL with OFFSET, which is looked up, and MATERIALIZED, which is not.
posted AS MATERIALIZED (
    SELECT searched.chunk_id, question.term, looked_up.frequency
    FROM searched
    CROSS JOIN question
    CROSS JOIN LATERAL (
        SELECT posting.frequency
        FROM ingestion_chunkposting AS posting
        WHERE posting.term = question.term AND posting.chunk_id = searched.chunk_id
        OFFSET 0
    ) AS looked_up
    WHERE (SELECT corpus.passages <= %(few)s FROM corpus)
    UNION ALL
    SELECT posting.chunk_id, posting.term, posting.frequency
    FROM question
    JOIN ingestion_chunkposting AS posting ON posting.term = question.term
    WHERE (SELECT corpus.passages > %(few)s FROM corpus)
),
matched AS MATERIALIZED (
    SELECT
        posted.chunk_id,
        posted.term,
        posted.frequency::float8 AS frequency,
        searched.length
    FROM posted
    JOIN searched ON searched.chunk_id = posted.chunk_id
),
-- How much a term tells: the rarer, the more; most of all one that no passage has.
rarity AS MATERIALIZED (
    SELECT
        question.term,
        ln(
            1 + (corpus.passages - count(matched.chunk_id) + 0.5)
            / (count(matched.chunk_id) + 0.5)
        ) AS weight
    FROM question
    CROSS JOIN corpus
    LEFT JOIN matched ON matched.term = question.term
    GROUP BY question.term, corpus.passages
),
-- In the order of terms, here and below: floating-point sums depend on their order.
most AS MATERIALIZED (
    SELECT
        coalesce(sum(rarity.weight ORDER BY rarity.term), 0)
        * (%(k1)s::float8 + 1) AS lexical_score
    FROM rarity
),
lexical AS MATERIALIZED (
    SELECT
        matched.chunk_id,
        sum(
            rarity.weight * matched.frequency * (%(k1)s::float8 + 1)
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
    JOIN rarity ON rarity.term = matched.term
    CROSS JOIN corpus
    GROUP BY matched.chunk_id
),
-- {scored}
ranked AS (
    SELECT
        scored.chunk_id,
        scored.version_chunk_id,
        scored.vector_score,
        scored.lexical_score,
        row_number() OVER (
            ORDER BY scored.vector_score DESC NULLS LAST, scored.chunk_id
        ) AS vector_rank,
        row_number() OVER (
            ORDER BY scored.lexical_score DESC NULLS LAST, scored.chunk_id
        ) AS lexical_rank,
        row_number() OVER (
            ORDER BY
                %(vector_weight)s::float8
                * greatest(coalesce(scored.vector_score, 0), 0)
                + (1 - %(vector_weight)s::float8) * coalesce(
                    scored.lexical_score / nullif(most.lexical_score, 0), 0
                ) DESC,
                scored.chunk_id
        ) AS fused_rank
    FROM scored
    CROSS JOIN most
),
-- What stands beside the very best in its version comes along, whatever it scored, so that
-- `companions` may say whether they are one. OFFSET 0: looked up place by place, by index.
beside AS MATERIALIZED (
    SELECT found.chunk_id
    FROM (
        SELECT ranked.version_chunk_id
        FROM ranked
        WHERE ranked.fused_rank <= %(leading)s
    ) AS best
    CROSS JOIN LATERAL (
        SELECT other.chunk_id
        FROM ingestion_versionchunk AS own
        JOIN ingestion_versionchunk AS other
            ON other.version_id = own.version_id
            AND other.cut = own.cut
            AND other.position BETWEEN own.position - 2 AND own.position + 2
        WHERE own.id = best.version_chunk_id
        OFFSET 0
    ) AS found
)
SELECT
    ranked.chunk_id,
    ranked.version_chunk_id,
    ranked.vector_score,
    ranked.vector_rank,
    ranked.lexical_score,
    ranked.lexical_rank,
    ranked.fused_rank,
    ranked.chunk_id IN (SELECT beside.chunk_id FROM beside) AS is_beside,
    most.lexical_score AS most_lexical,
    corpus.passages::bigint AS searched,
    walk.found AS walked,
    -- Whether a collection was switched since the embedders were read: on this statement's
    -- own snapshot, so that the cuts that were searched are those of these embedders.
    %(indexed_at)s::timestamptz IS NULL AND EXISTS (
        SELECT 1
        FROM unnest(%(shelves)s::uuid[], %(embedders)s::text[])
            AS given (shelf, embedder)
        JOIN ingestion_collection AS collection ON collection.id = given.shelf
        WHERE coalesce(nullif(collection.embedder, ''), %(own)s::text)
            <> given.embedder
    ) AS is_switched,
    (
        SELECT change.entry_id
        FROM ingestion_corpuschange AS change
        -- What is supposed is no corpus that there ever was: no position names it.
        WHERE %(supposing)s::uuid IS NULL
          AND (
              %(known_at)s::timestamptz IS NULL
              OR change.changed_at <= %(known_at)s::timestamptz
          )
        ORDER BY change.id DESC
        LIMIT 1
    ) AS corpus_position
FROM corpus
CROSS JOIN most
CROSS JOIN walk
LEFT JOIN ranked
    ON ranked.fused_rank <= %(head)s
    OR ranked.vector_rank <= %(channel_head)s
    OR (ranked.lexical_rank <= %(channel_head)s AND ranked.lexical_score IS NOT NULL)
    OR ranked.chunk_id IN (SELECT beside.chunk_id FROM beside)
