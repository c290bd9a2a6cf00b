DROP FUNCTION ingestion_active_chunks(
    timestamptz, uuid[], timestamptz, uuid, timestamptz
);
