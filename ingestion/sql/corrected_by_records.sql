-- A document and an edition show the last record of what is said about them, and no
-- word that is not on record. Functions look in `public`, and in no temporary table.
CREATE FUNCTION ingestion_refuse_unrecorded_description() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.collection_id <> OLD.collection_id
       OR NEW.created_at <> OLD.created_at
       OR NOT EXISTS (
            SELECT FROM (
                SELECT record.*
                FROM ingestion_documentrecord AS record
                WHERE record.document_id = NEW.id
                ORDER BY record.id DESC
                LIMIT 1
            ) AS last
            WHERE ROW (last.title, last.publisher, last.citation, last.url,
                       last.licence, last.language, last.owner_id, last.review_by)
                  IS NOT DISTINCT FROM
                  ROW (NEW.title, NEW.publisher, NEW.citation, NEW.url,
                       NEW.licence, NEW.language, NEW.owner_id, NEW.review_by)
       )
    THEN
        RAISE EXCEPTION 'a document is described by its last record'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'description_is_recorded';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER description_is_recorded
    BEFORE UPDATE ON ingestion_document
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW)
    EXECUTE FUNCTION ingestion_refuse_unrecorded_description();

CREATE FUNCTION ingestion_refuse_unrecorded_label() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.label IS DISTINCT FROM (
        SELECT record.label
        FROM ingestion_versionlabel AS record
        WHERE record.version_id = NEW.id
        ORDER BY record.id DESC
        LIMIT 1
    ) THEN
        RAISE EXCEPTION 'an edition is called by its last record'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'label_is_recorded';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER label_is_recorded
    BEFORE UPDATE ON ingestion_documentversion
    FOR EACH ROW WHEN (OLD.label IS DISTINCT FROM NEW.label)
    EXECUTE FUNCTION ingestion_refuse_unrecorded_label();

CREATE TRIGGER description_never_changes
    BEFORE UPDATE OR DELETE ON ingestion_documentrecord
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER label_never_changes
    BEFORE UPDATE OR DELETE ON ingestion_versionlabel
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER reminder_is_closed_once
    BEFORE UPDATE ON ingestion_reminder
    FOR EACH ROW
    WHEN (
        OLD.closed_at IS NOT NULL
        OR ROW (OLD.id, OLD.document_id, OLD.owner_id, OLD.review_by, OLD.opened_at)
           IS DISTINCT FROM
           ROW (NEW.id, NEW.document_id, NEW.owner_id, NEW.review_by, NEW.opened_at)
    )
    EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER reminder_never_deleted
    BEFORE DELETE ON ingestion_reminder
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();
