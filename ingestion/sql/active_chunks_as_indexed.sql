-- The one door to searchable text: the passages of the versions in force at a moment
-- (`as_of`), by all that is recorded, or by what was recorded at another (`known_at`).
-- What was known is a prefix of the changes of validity, up to the last one that was
-- recorded by then: so it is always a state that the corpus was in, whatever a clock
-- said, and names the same text as that change's ledger entry does.
-- `indexed_at`, beside `known_at`, asks for the cuts that were searched at that moment,
-- as the switches of indexes tell; what was cut anew since is searched as it was.
-- `supposing` is a version to take for the one in force of its document, to foresee
-- what putting it in force would do; text that must not be read is never supposed.
--
-- One plain SELECT, STABLE, without SET or SECURITY DEFINER, so that PostgreSQL can
-- inline it into the query that uses it and drop the branches that are not asked for.
-- A text may have been cut more than once: one of its cuts is searched.
-- The status is checked beside the dates so that a row with dates but no activation,
-- which no action writes, stays unsearchable.
DROP FUNCTION ingestion_active_chunks(timestamptz, uuid[], timestamptz, uuid);
CREATE FUNCTION ingestion_active_chunks(
    as_of timestamptz,
    collection_ids uuid[],
    known_at timestamptz DEFAULT NULL,
    supposing uuid DEFAULT NULL,
    indexed_at timestamptz DEFAULT NULL
)
RETURNS TABLE (
    version_chunk_id bigint, chunk_id uuid, version_id uuid, document_id uuid
)
LANGUAGE sql STABLE
AS $$
    SELECT placement.id, placement.chunk_id, version.id, document.id
    FROM ingestion_document AS document
    JOIN ingestion_documentversion AS version ON version.document_id = document.id
    JOIN ingestion_versionchunk AS placement
        ON placement.version_id = version.id AND placement.cut = version.cut
    WHERE known_at IS NULL
      AND document.collection_id = ANY (collection_ids)
      AND version.status
          IN ('scheduled', 'in_force', 'superseded', 'expired', 'withdrawn')
      AND version.in_force_from <= as_of
      AND (version.in_force_to IS NULL OR as_of < version.in_force_to)
      AND (
          supposing IS NULL
          OR document.id <> (
              SELECT supposed.document_id
              FROM ingestion_documentversion AS supposed
              WHERE supposed.id = supposing
          )
      )
    UNION ALL
    SELECT placement.id, placement.chunk_id, version.id, document.id
    FROM ingestion_document AS document
    JOIN ingestion_documentversion AS version ON version.document_id = document.id
    CROSS JOIN LATERAL (
        SELECT change.in_force_from, change.in_force_to
        FROM ingestion_corpuschange AS change
        WHERE change.version_id = version.id
          AND change.id <= (
              SELECT last.id
              FROM ingestion_corpuschange AS last
              WHERE last.changed_at <= known_at
              ORDER BY last.id DESC
              LIMIT 1
          )
        ORDER BY change.id DESC
        LIMIT 1
    ) AS known
    JOIN ingestion_versionchunk AS placement
        ON placement.version_id = version.id AND placement.cut = CASE
            WHEN indexed_at IS NULL THEN version.cut
            ELSE coalesce(
                (
                    SELECT max(build.cut)
                    FROM ingestion_indexbuild AS build
                    WHERE build.collection_id = document.collection_id
                      AND build.cut > 0
                      AND build.switched_at <= indexed_at
                      AND (build.state = 'switched' OR build.ended_at > indexed_at)
                      AND EXISTS (
                          SELECT 1
                          FROM ingestion_versionchunk AS recut
                          WHERE recut.version_id = version.id
                            AND recut.cut = build.cut
                      )
                ),
                1
            )
        END
    WHERE known_at IS NOT NULL
      AND document.collection_id = ANY (collection_ids)
      AND known.in_force_from <= as_of
      AND (known.in_force_to IS NULL OR as_of < known.in_force_to)
      AND (
          supposing IS NULL
          OR document.id <> (
              SELECT supposed.document_id
              FROM ingestion_documentversion AS supposed
              WHERE supposed.id = supposing
          )
      )
    UNION ALL
    SELECT placement.id, placement.chunk_id, version.id, document.id
    FROM ingestion_documentversion AS version
    JOIN ingestion_document AS document ON document.id = version.document_id
    JOIN ingestion_versionchunk AS placement
        ON placement.version_id = version.id AND placement.cut = version.cut
    WHERE supposing IS NOT NULL
      AND version.id = supposing
      AND document.collection_id = ANY (collection_ids)
      AND version.status NOT IN ('failed', 'held', 'rejected', 'withdrawn')
$$;
