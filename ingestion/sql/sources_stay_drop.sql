DROP TRIGGER task_never_deleted ON ingestion_ownertask;
DROP TRIGGER task_is_closed_once ON ingestion_ownertask;
DROP TRIGGER look_stays ON ingestion_sourcecheck;
DROP TRIGGER source_never_deleted ON ingestion_source;
DROP TRIGGER source_stays ON ingestion_source;
DROP TRIGGER reviewer_is_not_behind_source ON ingestion_review;
DROP FUNCTION ingestion_refuse_review_of_own_source();
