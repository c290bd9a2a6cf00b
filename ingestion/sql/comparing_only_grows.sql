-- What people recorded about a comparison is added to, never changed.
CREATE TRIGGER viewing_never_changes
    BEFORE UPDATE OR DELETE ON ingestion_sectionviewing
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER comment_never_changes
    BEFORE UPDATE OR DELETE ON ingestion_comparisoncomment
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();

CREATE TRIGGER settlement_never_changes
    BEFORE UPDATE OR DELETE ON ingestion_threadsettlement
    FOR EACH ROW EXECUTE FUNCTION ingestion_refuse_change();
