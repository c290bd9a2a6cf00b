-- Roles of a deployment, made once by a superuser. Each process connects with
-- its own; only the owner of the tables may change them, and no process runs
-- as the owner. Give each role a password (ALTER ROLE … PASSWORD …) afterwards.
--
-- A superuser can still do anything: what he does is found out by the
-- checkpoints that are kept elsewhere.
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY[
        'clinrag_owner', 'clinrag_app', 'clinrag_sequencer', 'clinrag_signer',
        'clinrag_anchor']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', role);
        END IF;
    END LOOP;
END
$$;
