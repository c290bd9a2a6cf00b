-- In each new database, by a superuser: extensions, and a schema nobody but the
-- owner may create things in.
CREATE EXTENSION IF NOT EXISTS vector;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO clinrag_owner;
GRANT USAGE ON SCHEMA public TO clinrag_app, clinrag_sequencer, clinrag_signer,
    clinrag_anchor;
