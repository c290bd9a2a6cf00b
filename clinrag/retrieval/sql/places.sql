-- Where a few passages stand, and what tells whether two of them belong together: how
-- long they are, whether one is announced by the other, and whether they say the same.
SELECT
    placement.chunk_id,
    placement.version_id,
    placement.cut,
    placement.position,
    chunk.document_id,
    chunk.section_path,
    chunk.token_count AS tokens,
    encode(sha256(convert_to(chunk.text, 'UTF8')), 'hex') AS text_sha256,
    rtrim(chunk.text, E' \n\t\u00a0*_') LIKE '%%:' AS announces
FROM ingestion_versionchunk AS placement
JOIN ingestion_chunk AS chunk ON chunk.id = placement.chunk_id
WHERE placement.id = ANY (%(version_chunk_ids)s::bigint[])
