-- Whoever added a source stands behind what it brings, and does not approve it.
CREATE FUNCTION ingestion_refuse_review_of_own_source() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ingestion_documentversion AS version
        JOIN ingestion_source AS source
            ON version.author_id = 'source:' || source.id
        WHERE version.id = NEW.version_id AND source.added_by = NEW.reviewer_id
    ) THEN
        RAISE EXCEPTION 'whoever added a source may not review what it brings'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reviewer_is_not_author';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER reviewer_is_not_behind_source
    BEFORE INSERT ON ingestion_review
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_review_of_own_source();

-- What is watched, and who said so, stays; so do looks, and tasks once closed.
CREATE TRIGGER source_stays
    BEFORE UPDATE ON ingestion_source
    FOR EACH ROW
    WHEN (
        ROW (OLD.id, OLD.kind, OLD.address, OLD.collection_id, OLD.document_id,
             OLD.added_at, OLD.added_by)
        IS DISTINCT FROM
        ROW (NEW.id, NEW.kind, NEW.address, NEW.collection_id, NEW.document_id,
             NEW.added_at, NEW.added_by)
    )
    EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER source_never_deleted
    BEFORE DELETE ON ingestion_source
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER look_stays
    BEFORE UPDATE OR DELETE ON ingestion_sourcecheck
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER task_is_closed_once
    BEFORE UPDATE ON ingestion_ownertask
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL)
    EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER task_never_deleted
    BEFORE DELETE ON ingestion_ownertask
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();
