-- What was recorded stays; a decision about it is written once and stays as well.
CREATE TRIGGER hold_is_decided_once
    BEFORE UPDATE ON ingestion_versionhold
    FOR EACH ROW
    WHEN (
        OLD.decided_at IS NOT NULL
        OR ROW (OLD.id, OLD.version_id, OLD.code, OLD.findings, OLD.held_at, OLD.held_by)
           IS DISTINCT FROM
           ROW (NEW.id, NEW.version_id, NEW.code, NEW.findings, NEW.held_at, NEW.held_by)
    )
    EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER hold_never_deleted
    BEFORE DELETE ON ingestion_versionhold
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();
