-- Rights in the database of records. Run by the owner of the tables after every
-- migration (`manage.py grant_roles`). Safe to run again.
--
-- The application owns nothing. What must never change it may only add; what is
-- missing below it may not even read.
REVOKE ALL ON ALL TABLES IN SCHEMA public
    FROM PUBLIC, clinrag_app, clinrag_sequencer, clinrag_signer, clinrag_anchor;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public
    FROM PUBLIC, clinrag_app, clinrag_sequencer, clinrag_signer, clinrag_anchor;

-- The ledger -------------------------------------------------------------------
-- Rights are those of the partitioned table; nobody has any on a partition alone.
GRANT SELECT ON audit_inboxentry, audit_entry, audit_tile, audit_head, audit_shard,
    audit_closedquery, audit_payload, audit_checkpoint, audit_alarm TO clinrag_app;
GRANT INSERT ON audit_inboxentry, audit_closedquery, audit_payload TO clinrag_app;

GRANT SELECT ON audit_inboxentry, audit_entry, audit_tile, audit_head, audit_shard,
    audit_checkpoint, audit_alarm TO clinrag_sequencer, clinrag_signer;
GRANT DELETE ON audit_inboxentry TO clinrag_sequencer;
GRANT INSERT ON audit_entry, audit_tile, audit_head, audit_shard, audit_alarm
    TO clinrag_sequencer;
GRANT UPDATE ON audit_head TO clinrag_sequencer;
GRANT EXECUTE ON FUNCTION audit_make_partitions() TO clinrag_sequencer;
-- It opens a shard only if two people have agreed; of what and why it reads nothing.
GRANT SELECT (id, action, scope, state, requested_by, decided_by)
    ON audit_authorization TO clinrag_sequencer;
GRANT INSERT ON audit_checkpoint, audit_alarm TO clinrag_signer;

-- What vouches for checkpoints. Proofs for witnesses need hashes, never an entry.
GRANT SELECT ON audit_checkpoint, audit_shard, audit_tile TO clinrag_anchor;
GRANT SELECT (index, leaf_hash) ON audit_entry TO clinrag_anchor;
GRANT SELECT, INSERT ON audit_cosignature, audit_quorummet, audit_timestamp,
    audit_anchor, audit_voucherhealth TO clinrag_anchor;
GRANT UPDATE, DELETE ON audit_voucherhealth TO clinrag_anchor;
GRANT SELECT ON audit_cosignature, audit_quorummet, audit_timestamp, audit_anchor,
    audit_voucherhealth TO clinrag_app;

-- What two people decide: a request is never changed, a decision made once, and the
-- database asks for the entry of each step.
GRANT SELECT, INSERT ON audit_authorization TO clinrag_app;
GRANT UPDATE (state, decided_by, decided_by_name, decided_at, decided_entry_id,
    ended_at, ended_entry_id) ON audit_authorization TO clinrag_app;
-- Pruning is the function's; it asks for two people, for holds and for the years.
GRANT SELECT ON audit_retentionfloor, audit_prunedblock, audit_prunedentry
    TO clinrag_app, clinrag_sequencer, clinrag_signer;
GRANT INSERT ON audit_retentionfloor TO clinrag_app;
REVOKE ALL ON FUNCTION audit_prune(bigint, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_prune(bigint, uuid) TO clinrag_app;
-- A hold ends and an erasure moves on, by the rules of their triggers. The token by
-- which a hold ends in `keys` is made and given out by functions; nobody reads it.
REVOKE ALL ON FUNCTION audit_seal_hold(uuid), audit_open_hold(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_seal_hold(uuid), audit_open_hold(uuid) TO clinrag_app;
GRANT SELECT, INSERT ON audit_legalhold, audit_erasure TO clinrag_app;
GRANT UPDATE (released_at, released_entry_id, authorization_id) ON audit_legalhold
    TO clinrag_app;
GRANT UPDATE (state, key_ids, ended_at, ended_entry_id, backups_gone_at, checked_at,
    checked_entry_id) ON audit_erasure TO clinrag_app;

-- An emergency access is reviewed once and stays; a package's row says how far it is.
GRANT SELECT, INSERT ON audit_breakglass, audit_export TO clinrag_app;
GRANT UPDATE (reviewed_by, reviewed_by_name, reviewed_at, finding, reviewed_entry_id,
    overdue_entry_id) ON audit_breakglass TO clinrag_app;
GRANT UPDATE (state, bounds, progress, entries_done, looked_at, attended_at,
    attempts, erasures_before, is_cancelled, failure_code, finished_at, byte_size,
    sha256, manifest_sha256, downloads, expires_at) ON audit_export TO clinrag_app;

-- Verifications that somebody asked for, and how far they are.
GRANT SELECT, INSERT ON audit_verificationrun TO clinrag_app;
GRANT UPDATE (state, layer, done, total, attended_at, finished_at, report)
    ON audit_verificationrun TO clinrag_app;

-- The corpus: triggers keep contents and decisions as they were -----------------
GRANT SELECT, INSERT ON ingestion_collection, ingestion_document,
    ingestion_documentversion, ingestion_versiontext, ingestion_chunk,
    ingestion_versionchunk, ingestion_chunkembedding, ingestion_chunkposting,
    ingestion_review, ingestion_corpuschange, ingestion_versionhold,
    ingestion_documentrecord, ingestion_versionlabel, ingestion_reminder,
    ingestion_sectionviewing, ingestion_comparisoncomment, ingestion_threadsettlement
    TO clinrag_app;
GRANT UPDATE (status, media_type, parser, parsed_sha256, chunker, embedder, pages,
    warnings, progress, attended_at, failure_code, failure_message,
    approved_at, activated_at, in_force_from, in_force_to, planned_until, withdrawn_at,
    withdrawal_reason, embargo_until, label, cut, language) ON ingestion_documentversion
    TO clinrag_app;
-- A document and an edition show their last record; triggers see to that.
GRANT UPDATE (title, publisher, citation, url, licence, language, owner_id, review_by)
    ON ingestion_document TO clinrag_app;
GRANT UPDATE (note, closed_at, closed_by, closed_by_name)
    ON ingestion_reminder TO clinrag_app;
GRANT UPDATE (lexeme_count) ON ingestion_chunk TO clinrag_app;
-- A collection is searched by another index once that is complete; the vectors of
-- the one before go by a command.
GRANT UPDATE (embedder, chunk_tokens, chunk_min_tokens, tracked_changes)
    ON ingestion_collection TO clinrag_app;
GRANT SELECT, INSERT ON ingestion_indexbuild TO clinrag_app;
GRANT UPDATE (state, switched_at, ended_at, dropped_at) ON ingestion_indexbuild
    TO clinrag_app;
GRANT DELETE ON ingestion_chunkembedding TO clinrag_app;
-- What was found at a source stays with its look; how it is watched changes.
GRANT SELECT, INSERT ON ingestion_source, ingestion_sourceitem, ingestion_sourcecheck,
    ingestion_ownertask TO clinrag_app;
GRANT UPDATE (name, owner_id, every_seconds, is_paused, next_check_at, checked_at,
    failures, fence, leased_until) ON ingestion_source TO clinrag_app;
GRANT UPDATE (name, fingerprint, content_sha256, document_id, version_id, changed_at,
    missing_since) ON ingestion_sourceitem TO clinrag_app;
GRANT SELECT, INSERT, UPDATE ON ingestion_sourcerefusal TO clinrag_app;
GRANT UPDATE (note, closed_at, closed_by, closed_by_name) ON ingestion_ownertask
    TO clinrag_app;
-- Work moves on; a message goes once the broker has it.
GRANT SELECT, INSERT, UPDATE ON ingestion_workpart TO clinrag_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ingestion_outboxmessage TO clinrag_app;
-- A decision is written once; a trigger keeps what it is about, and it, as they were.
GRANT UPDATE (decision, reason, decided_at, decided_by, decided_by_name)
    ON ingestion_versionhold TO clinrag_app;

-- Answers ------------------------------------------------------------------------
GRANT SELECT, INSERT ON answering_prompttemplate, answering_answerformat,
    answering_housestyle, answering_answer,
    answering_citation, answering_answerpassage TO clinrag_app;
GRANT UPDATE ON answering_answer TO clinrag_app;
-- Which answer used what stays; a recall, a notice and a message only move on.
GRANT SELECT, INSERT ON answering_asker, answering_answerreference, answering_recall,
    answering_recallnotice, answering_webhookendpoint, answering_webhookdelivery
    TO clinrag_app;
GRANT UPDATE (closed_by, closed_by_name, closed_at, closed_entry_id, closing_note)
    ON answering_recall TO clinrag_app;
GRANT UPDATE (acknowledged_by, acknowledged_by_name, acknowledged_at,
    acknowledged_entry_id) ON answering_recallnotice TO clinrag_app;
-- What is said of an answer, and who is to review it, is said by another row.
GRANT SELECT, INSERT ON answering_answerremark, answering_reviewassignment
    TO clinrag_app;
-- A policy is set by another row.
GRANT SELECT, INSERT ON answering_collectionpolicy TO clinrag_app;
-- An evaluation, a waiver and its use stay as they are.
GRANT SELECT, INSERT ON answering_evaluationreport, answering_evaluationwaiver,
    answering_evaluationwaiveruse TO clinrag_app;
-- A report moves on until it ends; a golden question is only retired.
GRANT SELECT, INSERT ON answering_foresightreport, answering_goldenquestion
    TO clinrag_app;
GRANT UPDATE (state, remaining, findings, total, attempts, claimed_until, sha256,
    failure_code, finished_at, entry_id) ON answering_foresightreport TO clinrag_app;
GRANT UPDATE (retired_at, retired_by, retired_by_name)
    ON answering_goldenquestion TO clinrag_app;
GRANT UPDATE (wrapping_key, wrapped, removed_at, removed_entry_id)
    ON answering_webhookendpoint TO clinrag_app;
GRANT UPDATE (state, attempts, next_attempt_at, claimed_until, last_status,
    failure_code, ended_at, ended_entry_id) ON answering_webhookdelivery
    TO clinrag_app;

-- Accounts, keys, sessions ---------------------------------------------------------
GRANT SELECT, INSERT, UPDATE ON access_user, access_apikey TO clinrag_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON access_user_groups,
    access_user_user_permissions, access_collectiongrant, access_signinthrottle,
    access_idempotencyrecord, access_savedview, django_session TO clinrag_app;
GRANT SELECT ON auth_group, auth_permission, auth_group_permissions,
    django_content_type, django_migrations TO clinrag_app;
GRANT SELECT, INSERT ON django_admin_log TO clinrag_app;
