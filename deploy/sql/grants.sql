-- Rights in the database of records. Run by the owner after every migration
-- (`manage.py grant_roles`). Safe to run again.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, clinrag_app, clinrag_sequencer, clinrag_signer;
