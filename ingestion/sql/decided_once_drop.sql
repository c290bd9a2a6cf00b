DROP TRIGGER hold_never_deleted ON ingestion_versionhold;
DROP TRIGGER hold_is_decided_once ON ingestion_versionhold;
