-- Author and approver are two people, whoever writes the rows.
CREATE FUNCTION ingestion_refuse_review_by_author() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ingestion_documentversion AS version
        WHERE version.id = NEW.version_id AND version.author_id = NEW.reviewer_id
    ) THEN
        RAISE EXCEPTION 'the author of a version may not review it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reviewer_is_not_author';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER reviewer_is_not_author
    BEFORE INSERT ON ingestion_review
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_review_by_author();

-- A version is approved when a review says so whose reviewer is not
-- its author. Reviews cannot be changed or deleted, so what held once holds for good.
CREATE FUNCTION ingestion_refuse_unapproved() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ingestion_review AS review
        WHERE review.version_id = NEW.id
          AND review.decision = 'approve'
          AND review.reviewer_id <> NEW.author_id
    ) THEN
        RAISE EXCEPTION 'a version needs the approval of somebody other than its author'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'version_is_approved';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER version_is_approved
    BEFORE INSERT OR UPDATE ON ingestion_documentversion
    FOR EACH ROW
    WHEN (
        NEW.status IN ('approved', 'scheduled', 'in_force', 'superseded', 'withdrawn')
        OR NEW.in_force_from IS NOT NULL
        OR NEW.activated_at IS NOT NULL
        OR NEW.approved_at IS NOT NULL
    )
    EXECUTE FUNCTION ingestion_refuse_unapproved();
