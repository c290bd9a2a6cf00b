-- The one door to searchable text: the passages of the versions in force at a moment.
-- One plain SELECT, STABLE, without SET or SECURITY DEFINER, so that PostgreSQL can
-- inline it into the query that uses it. The status is checked beside the dates so
-- that a row with dates but no activation, which no action writes, stays unsearchable.
CREATE FUNCTION ingestion_active_chunks(as_of timestamptz, collection_ids uuid[])
RETURNS TABLE (
    version_chunk_id bigint, chunk_id uuid, version_id uuid, document_id uuid
)
LANGUAGE sql STABLE
AS $$
    SELECT placement.id, placement.chunk_id, version.id, document.id
    FROM ingestion_document AS document
    JOIN ingestion_documentversion AS version ON version.document_id = document.id
    JOIN ingestion_versionchunk AS placement ON placement.version_id = version.id
    WHERE document.collection_id = ANY (collection_ids)
      AND version.status IN ('scheduled', 'in_force', 'superseded', 'withdrawn')
      AND version.in_force_from <= as_of
      AND (version.in_force_to IS NULL OR as_of < version.in_force_to)
$$;
