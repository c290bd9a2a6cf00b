DROP TRIGGER version_is_approved ON ingestion_documentversion;
DROP TRIGGER reviewer_is_not_author ON ingestion_review;
DROP FUNCTION ingestion_refuse_unapproved();
DROP FUNCTION ingestion_refuse_review_by_author();
