-- Rights in the database of data keys. Run by the owner after every migration.
-- The sequencer, the signer and the anchoring have no business here.
--
-- The application adds keys and holds. It changes none: a key ends through the
-- function, which asks the holds first; wrapping keys anew is the owner's business,
-- since who may overwrite a wrapped key can destroy it. It ends a hold with the token
-- that the records give out once two people released it there; a trigger here asks for
-- the token, so that a stolen role ends none by a statement.
REVOKE ALL ON ALL TABLES IN SCHEMA public
    FROM PUBLIC, clinrag_app, clinrag_sequencer, clinrag_signer, clinrag_anchor;
GRANT SELECT, INSERT ON audit_datakey, audit_subjectkey, audit_referencekey,
    audit_keyhold TO clinrag_app;
GRANT UPDATE (released_at, release_entry_id, release_token) ON audit_keyhold
    TO clinrag_app;
REVOKE ALL ON FUNCTION audit_destroy_keys(uuid[], uuid[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_destroy_keys(uuid[], uuid[], timestamptz) TO clinrag_app;
GRANT SELECT ON django_migrations TO clinrag_app;
