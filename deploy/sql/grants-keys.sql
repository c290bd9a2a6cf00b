-- Rights in the database of data keys. Run by the owner after every migration.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, clinrag_app, clinrag_sequencer, clinrag_signer;
