-- The passages found, each as the text of its own version. Content never changes after
-- it is written, so these rows are those that the search saw.
WITH wanted AS (
    SELECT placement.*
    FROM ingestion_versionchunk AS placement
    WHERE placement.id = ANY (%(version_chunk_ids)s::bigint[])
),
-- Concatenated so that a long text is decompressed once, not for each of its passages.
written AS MATERIALIZED (
    SELECT version_text.version_id, version_text.text || '' AS text
    FROM ingestion_versiontext AS version_text
    WHERE version_text.version_id IN (SELECT version_id FROM wanted)
)
SELECT
    placement.id AS version_chunk_id,
    chunk.id AS chunk_id,
    chunk.content_sha256,
    substr(
        written.text,
        placement.char_start + 1,
        placement.char_end - placement.char_start
    ) AS text,
    chunk.section_path,
    placement.page_from,
    placement.page_to,
    placement.char_start,
    placement.char_end,
    version.id AS version_id,
    version.label AS version_label,
    version.in_force_from,
    document.id AS document_id,
    document.title AS document_title,
    document.publisher,
    collection.slug AS collection_slug,
    placement.strength,
    placement.certainty,
    placement.ocr_confidence
FROM wanted AS placement
JOIN written ON written.version_id = placement.version_id
JOIN ingestion_chunk AS chunk ON chunk.id = placement.chunk_id
JOIN ingestion_documentversion AS version ON version.id = placement.version_id
JOIN ingestion_document AS document ON document.id = version.document_id
JOIN ingestion_collection AS collection ON collection.id = document.collection_id
