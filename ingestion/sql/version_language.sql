-- What arrived never changes; what was made of it changes only while it is being made;
-- the moment an edition came into force never changes once it is set. What an edition
-- is called is corrected by records; the language it is written in was found in it.
DROP TRIGGER version_content_never_changes ON ingestion_documentversion;
CREATE TRIGGER version_content_never_changes
    BEFORE UPDATE ON ingestion_documentversion
    FOR EACH ROW
    WHEN (
        ROW (OLD.id, OLD.document_id, OLD.number, OLD.filename,
             OLD.content_sha256, OLD.byte_size, OLD.author_id, OLD.author_name,
             OLD.received_at)
        IS DISTINCT FROM
        ROW (NEW.id, NEW.document_id, NEW.number, NEW.filename,
             NEW.content_sha256, NEW.byte_size, NEW.author_id, NEW.author_name,
             NEW.received_at)
        OR OLD.status NOT IN ('received', 'parsed', 'failed')
           AND ROW (OLD.media_type, OLD.parser, OLD.parsed_sha256, OLD.chunker,
                    OLD.pages, OLD.warnings, OLD.language)
               IS DISTINCT FROM
               ROW (NEW.media_type, NEW.parser, NEW.parsed_sha256, NEW.chunker,
                    NEW.pages, NEW.warnings, NEW.language)
        OR OLD.in_force_from IS NOT NULL
           AND OLD.in_force_from IS DISTINCT FROM NEW.in_force_from
    )
    EXECUTE FUNCTION ingestion_refuse_change();
