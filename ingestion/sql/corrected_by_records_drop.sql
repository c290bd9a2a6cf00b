DROP TRIGGER reminder_never_deleted ON ingestion_reminder;
DROP TRIGGER reminder_is_closed_once ON ingestion_reminder;
DROP TRIGGER label_never_changes ON ingestion_versionlabel;
DROP TRIGGER description_never_changes ON ingestion_documentrecord;
DROP TRIGGER label_is_recorded ON ingestion_documentversion;
DROP FUNCTION ingestion_refuse_unrecorded_label();
DROP TRIGGER description_is_recorded ON ingestion_document;
DROP FUNCTION ingestion_refuse_unrecorded_description();
