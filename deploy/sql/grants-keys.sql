-- Rights in the database of data keys. Run by the owner after every migration.
-- The sequencer, the signer and the anchoring have no business here.
REVOKE ALL ON ALL TABLES IN SCHEMA public
    FROM PUBLIC, clinrag_app, clinrag_sequencer, clinrag_signer, clinrag_anchor;
GRANT SELECT, INSERT ON audit_datakey TO clinrag_app;
GRANT SELECT ON django_migrations TO clinrag_app;
