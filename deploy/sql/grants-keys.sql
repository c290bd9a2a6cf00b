-- Rights in the database of data keys. Run by the owner after every migration.
-- The sequencer, the signer and the anchoring have no business here.
--
-- The application adds keys and holds. It changes none: a key ends through the
-- function, which asks the holds first; wrapping keys anew is the owner's business,
-- since who may overwrite a wrapped key can destroy it. The application does release
-- holds: the two people who agreed stand in the other database, and nothing here can
-- ask for them. A stolen role can so release and then destroy; the records still have
-- the hold, and verification names keys that ended without a tombstone.
REVOKE ALL ON ALL TABLES IN SCHEMA public
    FROM PUBLIC, clinrag_app, clinrag_sequencer, clinrag_signer, clinrag_anchor;
GRANT SELECT, INSERT ON audit_datakey, audit_subjectkey, audit_referencekey,
    audit_keyhold TO clinrag_app;
GRANT UPDATE (released_at, release_entry_id) ON audit_keyhold TO clinrag_app;
REVOKE ALL ON FUNCTION audit_destroy_keys(uuid[], uuid[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_destroy_keys(uuid[], uuid[], timestamptz) TO clinrag_app;
GRANT SELECT ON django_migrations TO clinrag_app;
