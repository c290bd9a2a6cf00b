-- By which embedder each collection is searched, one that names none by the settings' own;
-- and how many passages there are to search, counted no further than needed: null when
-- they need not be counted, because no index could be walked. Counted through the one
-- door, and not kept anywhere, so that no counter can be wrong.
WITH shelf AS (
    SELECT
        collection.id,
        coalesce(nullif(collection.embedder, ''), %(own)s::text) AS embedder
    FROM ingestion_collection AS collection
    WHERE collection.id = ANY (%(collection_ids)s::uuid[])
),
used AS (
    SELECT DISTINCT shelf.embedder FROM shelf
),
walkable AS MATERIALIZED (
    SELECT
        count(*) = 1
        AND bool_and(
            EXISTS (
                SELECT 1
                FROM pg_index AS walked
                WHERE walked.indisvalid
                  AND walked.indexrelid = to_regclass(
                      'retrieval_vectors_' || left(
                          encode(sha256(convert_to(used.embedder, 'UTF8')), 'hex'),
                          16
                      )
                  )
            )
        ) AS is_so
    FROM used
)
SELECT
    ARRAY(SELECT shelf.id FROM shelf ORDER BY shelf.id) AS shelves,
    ARRAY(SELECT shelf.embedder FROM shelf ORDER BY shelf.id) AS embedders,
    CASE WHEN walkable.is_so AND %(of_now)s THEN (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM ingestion_active_chunks(
                %(as_of)s::timestamptz,
                %(collection_ids)s::uuid[],
                %(known_at)s::timestamptz,
                %(supposing)s::uuid,
                %(indexed_at)s::timestamptz
            )
            LIMIT %(enough)s
        ) AS counted
    ) END AS passages
FROM walkable
