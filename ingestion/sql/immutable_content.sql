-- Content never changes after it is written, and is never deleted.
CREATE FUNCTION ingestion_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: content never changes', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'content_never_changes';
END
$$;

CREATE TRIGGER text_never_changes
    BEFORE UPDATE OR DELETE ON ingestion_versiontext
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER placement_never_changes
    BEFORE UPDATE OR DELETE ON ingestion_versionchunk
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER review_never_changes
    BEFORE UPDATE OR DELETE ON ingestion_review
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER corpus_change_never_changes
    BEFORE UPDATE OR DELETE ON ingestion_corpuschange
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();

-- A passage's number of terms is counted right after it is inserted, once.
CREATE TRIGGER chunk_never_changes
    BEFORE UPDATE ON ingestion_chunk
    FOR EACH ROW
    WHEN (
        ROW (OLD.id, OLD.document_id, OLD.content_sha256, OLD.text, OLD.section_path,
             OLD.token_count, OLD.chunker)
        IS DISTINCT FROM
        ROW (NEW.id, NEW.document_id, NEW.content_sha256, NEW.text, NEW.section_path,
             NEW.token_count, NEW.chunker)
        OR OLD.lexeme_count IS NOT NULL
    )
    EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER chunk_never_deleted
    BEFORE DELETE ON ingestion_chunk
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();

-- What arrived never changes; what was made of it changes only while it is being made;
-- the moment an edition came into force never changes once it is set.
CREATE TRIGGER version_content_never_changes
    BEFORE UPDATE ON ingestion_documentversion
    FOR EACH ROW
    WHEN (
        ROW (OLD.id, OLD.document_id, OLD.number, OLD.label, OLD.filename,
             OLD.content_sha256, OLD.byte_size, OLD.author_id, OLD.author_name,
             OLD.received_at)
        IS DISTINCT FROM
        ROW (NEW.id, NEW.document_id, NEW.number, NEW.label, NEW.filename,
             NEW.content_sha256, NEW.byte_size, NEW.author_id, NEW.author_name,
             NEW.received_at)
        OR OLD.status NOT IN ('received', 'parsed', 'failed')
           AND ROW (OLD.media_type, OLD.parser, OLD.parsed_sha256, OLD.chunker,
                    OLD.pages, OLD.warnings)
               IS DISTINCT FROM
               ROW (NEW.media_type, NEW.parser, NEW.parsed_sha256, NEW.chunker,
                    NEW.pages, NEW.warnings)
        OR OLD.in_force_from IS NOT NULL
           AND OLD.in_force_from IS DISTINCT FROM NEW.in_force_from
    )
    EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER version_never_deleted
    BEFORE DELETE ON ingestion_documentversion
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();
