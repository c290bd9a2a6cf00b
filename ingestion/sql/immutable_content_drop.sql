DROP TRIGGER version_never_deleted ON ingestion_documentversion;
DROP TRIGGER version_content_never_changes ON ingestion_documentversion;
DROP TRIGGER chunk_never_deleted ON ingestion_chunk;
DROP TRIGGER chunk_never_changes ON ingestion_chunk;
DROP TRIGGER corpus_change_never_changes ON ingestion_corpuschange;
DROP TRIGGER review_never_changes ON ingestion_review;
DROP TRIGGER placement_never_changes ON ingestion_versionchunk;
DROP TRIGGER text_never_changes ON ingestion_versiontext;
DROP FUNCTION ingestion_refuse_change();
