"""Every field of every table is public, personal or sealed; a new one must choose.

Public: may stand in an export to an outsider. Personal: about staff, who have
accounts. Sealed: what a patient or a question may be known from, encrypted, or a key
to it. Of patients there is nothing but in sealed fields: no class allows it elsewhere.
"""

from django.apps import apps

OURS = {"audit", "ingestion", "access", "answering"}
SEALED = {
    "audit.Payload": "ciphertext",
    "audit.DataKey": "wrapped",
    "audit.SubjectKey": "wrapped reference_hmac",
    "audit.ReferenceKey": "wrapped",
    "audit.HoldSeal": "token",
    "access.User": "password",
    "access.ApiKey": "key_sha256",
    "answering.WebhookEndpoint": "wrapped",
}
PERSONAL = {
    "audit.InboxEntry": "body",
    "audit.Entry": "body actor_id",
    "audit.Authorization": "reason requested_by requested_by_name decided_by"
    " decided_by_name",
    "audit.BreakGlass": "opened_by opened_by_name reviewed_by reviewed_by_name",
    "audit.VerificationRun": "requested_by requested_by_name",
    "audit.Export": "requested_by requested_by_name",
    "audit.LegalHold": "reason placed_by placed_by_name",
    "ingestion.Document": "owner_id",
    "ingestion.DocumentVersion": "author_id author_name",
    "ingestion.IndexBuild": "started_by",
    "ingestion.DocumentRecord": "owner_id reason recorded_by recorded_by_name",
    "ingestion.VersionLabel": "reason recorded_by recorded_by_name",
    "ingestion.Reminder": "owner_id note closed_by closed_by_name",
    "ingestion.Source": "owner_id added_by added_by_name",
    "ingestion.OwnerTask": "owner_id note closed_by closed_by_name",
    "ingestion.SectionViewing": "person_id person_name",
    "ingestion.ComparisonComment": "author_id author_name text",
    "ingestion.ThreadSettlement": "person_id person_name",
    "ingestion.VersionHold": "held_by decided_by decided_by_name reason",
    "ingestion.Review": "reviewer_id reviewer_name comment",
    "access.User": "username first_name last_name email last_login date_joined",
    "access.CollectionGrant": "user",
    "access.SavedView": "user name query",
    "access.SignInThrottle": "subject_digest",
    "access.IdempotencyRecord": "actor_id key_digest body_digest",
    "answering.Answer": "actor_id actor_name",
    "answering.Asker": "actor_id",
    "answering.Recall": "reason opened_by opened_by_name closed_by closed_by_name"
    " closing_note",
    "answering.ForesightReport": "requested_by requested_by_name",
    "answering.AnswerRemark": "made_by made_by_name",
    "answering.ReviewAssignment": "reviewer_id reviewer_name made_by made_by_name",
    "answering.CollectionPolicy": "set_by set_by_name reason",
    "answering.EvaluationReport": "results made_by made_by_name",
    "answering.EvaluationWaiver": "reason waived_by waived_by_name",
    "answering.GoldenQuestion": "text quotation kept_by kept_by_name retired_by"
    " retired_by_name",
    "answering.RecallNotice": "acknowledged_by acknowledged_by_name",
    "answering.WebhookEndpoint": "registered_by registered_by_name",
}
PUBLIC = {
    "audit.InboxEntry": "arrival entry_id leaf_hash",
    "audit.Entry": "index entry_id leaf_hash type at query_id",
    "audit.ClosedQuery": "query_id entry_id",
    "audit.Payload": "entry_id retention_class key_id",
    "audit.Shard": "number origin vkey hash first_index opened_at entry_id"
    " predecessor_note recovered_size recovered_root lost_from lost_to",
    "audit.Tile": "id shard level number hashes root",
    "audit.Head": "id epoch shard first_index size root frontier advanced_at",
    "audit.Checkpoint": "id shard size root note signed_at",
    "audit.Alarm": "id shard kind detail tree_size raised_at",
    "audit.Cosignature": "id shard size witness key_hash at line",
    "audit.QuorumMet": "id shard size policy_sha256 at",
    "audit.Timestamp": "id shard size authority token gen_time",
    "audit.Anchor": "id shard size place locator at",
    "audit.VoucherHealth": "name kind succeeded_at failing_since failed_at"
    " failure_code",
    "audit.DataKey": "id wrapping_key subject_ids created_at destroyed_at",
    "audit.SubjectKey": "id wrapping_key created_at destroyed_at",
    "audit.ReferenceKey": "id wrapping_key created_at",
    "audit.LegalHold": "id kind scope placed_at placed_entry_id released_at"
    " released_entry_id authorization_id",
    "audit.Erasure": "id authorization_id kind scope reason_class key_ids subject_ids"
    " state begun_at ended_at ended_entry_id backups_gone_at checked_at"
    " checked_entry_id",
    "audit.RetentionFloor": "id retention_class source years applies_from set_at"
    " entry_id",
    "audit.PrunedBlock": "first_index end_index authorization_id kept_until pruned_at",
    "audit.PrunedEntry": "index entry_id leaf_hash",
    "audit.KeyHold": "id hold_id subject_id key_ids since until placed_at released_at"
    " release_entry_id covered_to release_hash release_token",
    "audit.HoldSeal": "hold_id opened_at",
    "audit.Authorization": "id action scope requested_at requested_entry_id expires_at"
    " state decided_at decided_entry_id ended_at ended_entry_id",
    "audit.BreakGlass": "id answer_id entry_ids opened_at opened_entry_id expires_at"
    " review_due_at reviewed_at finding reviewed_entry_id overdue_entry_id",
    "audit.VerificationRun": "id first end requested_at state layer done total"
    " attended_at finished_at report",
    "audit.Export": "id authorization_id kind scope content requested_at state bounds"
    " progress entries_done looked_at erasures_before attempts attended_at"
    " is_cancelled failure_code finished_at byte_size sha256 manifest_sha256 downloads expires_at",
    "ingestion.Collection": "id slug name specialty language audience embedder chunk_tokens"
    " chunk_min_tokens tracked_changes created_at",
    "ingestion.Document": "id collection title publisher citation url licence language"
    " review_by created_at",
    "ingestion.DocumentVersion": "id document number label filename content_sha256"
    " byte_size received_at attended_at media_type parser parsed_sha256 chunker embedder"
    " pages language cut warnings progress status failure_code failure_message approved_at"
    " activated_at in_force_from in_force_to planned_until embargo_until withdrawn_at"
    " withdrawal_reason",
    "ingestion.VersionText": "version text sha256",
    "ingestion.DocumentRecord": "id document title publisher citation url licence"
    " language review_by recorded_at",
    "ingestion.VersionLabel": "id version label recorded_at",
    "ingestion.Reminder": "id document review_by opened_at closed_at",
    "ingestion.Source": "id kind name address collection document every_seconds"
    " is_paused added_at next_check_at checked_at failures fence leased_until",
    "ingestion.SourceItem": "id source name fingerprint content_sha256 document version"
    " found_at changed_at missing_since",
    "ingestion.SourceRefusal": "id source name fingerprint code refused_at",
    "ingestion.SourceCheck": "id source started_at finished_at outcome code seen drafted"
    " moved missing returned refused",
    "ingestion.OwnerTask": "id kind source item document version older opened_at"
    " closed_at",
    "ingestion.SectionViewing": "id entry_id older newer section is_viewed viewed_at",
    "ingestion.ComparisonComment": "id entry_id older newer thread section side"
    " char_start char_end quote written_at",
    "ingestion.ThreadSettlement": "id entry_id thread is_resolved settled_at",
    "ingestion.VersionHold": "id version code findings held_at decision decided_at",
    "ingestion.Chunk": "id document content_sha256 text section_path token_count"
    " chunker lexeme_count",
    "ingestion.VersionChunk": "id version chunk cut position page_from page_to char_start"
    " char_end strength certainty ocr_confidence",
    "ingestion.ChunkEmbedding": "id chunk embedder embedding",
    "ingestion.ChunkPosting": "chunk term frequency",
    "ingestion.WorkPart": "id version stage number first last state attempts fence"
    " holder leased_until announced_at done total result_sha256 failure_code"
    " started_at finished_at",
    "ingestion.IndexBuild": "id collection number embedder previous_embedder chunker cut"
    " state started_at switched_at ended_at dropped_at",
    "ingestion.OutboxMessage": "id task subject_id queue posted_at",
    "ingestion.Review": "id version decision meaning decided_at authenticated_by"
    " text_sha256 comparison_sha256 foresight_sha256 foresight acknowledged",
    "ingestion.CorpusChange": "id entry_id version in_force_from in_force_to changed_at",
    "access.User": "id is_superuser is_staff is_active roles groups user_permissions",
    "access.ApiKey": "id name prefix scopes collections created_at expires_at"
    " revoked_at last_used_at",
    "access.CollectionGrant": "id collection key granted_at",
    "access.SavedView": "id page created_at",
    "access.SignInThrottle": "id failures window_started_at locked_until",
    "access.IdempotencyRecord": "id state answer_id created_at claimed_at",
    "answering.PromptTemplate": "id name version sha256 text",
    "answering.AnswerFormat": "id name version sha256 text",
    "answering.HouseStyle": "id name version sha256 text",
    "answering.Answer": "id state outcome reason query_entry_id entry_id leaf_hash app"
    " purpose collections as_of corpus_position policy answerer model_revision"
    " parameters template template_sha256 prompt_sha256 format format_sha256"
    " style style_sha256 confidence fallback_used timings_ms created_at finished_at",
    "answering.Citation": "id answer number claim_position verdict document_id"
    " version_id chunk_id content_sha256 char_start char_end page",
    "answering.AnswerPassage": "id answer rank version_chunk_id chunk_id content_sha256"
    " version_id score vector_score lexical_score in_prompt cited",
    "answering.Asker": "id app unit",
    "answering.AnswerReference": "answer chunk_id version_id asked_at asker use"
    " uses_of_version",
    "answering.Recall": "id kind document_id version_id section_path chunk_ids reach"
    " severity answers answers_sha256 opened_at opened_entry_id due_at closed_at"
    " closed_entry_id",
    "answering.ForesightReport": "id version_id older_id supposed_at corpus_position"
    " rules requested_at state remaining findings total attempts claimed_until sha256"
    " failure_code finished_at entry_id",
    "answering.AnswerRemark": "id answer kind code verdict scores flags has_words"
    " made_at due_at entry_id",
    "answering.ReviewAssignment": "id answer is_standing due_at made_at entry_id",
    "answering.CollectionPolicy": "id collection_id number grounding identifiers"
    " external_models loosens set_at entry_id",
    "answering.EvaluationReport": "id set_name inputs inputs_sha256 gate made_at sha256"
    " entry_id",
    "answering.EvaluationWaiver": "id report measure waived_at expires_at entry_id",
    "answering.EvaluationWaiverUse": "waiver report used_at",
    "answering.GoldenQuestion": "id collection expects kept_at retired_at",
    "answering.RecallNotice": "id recall app answers due_at acknowledged_at"
    " acknowledged_entry_id",
    "answering.WebhookEndpoint": "id app url wrapping_key registered_at"
    " registered_entry_id removed_at removed_entry_id",
    "answering.WebhookDelivery": "id endpoint notice event body created_at state"
    " attempts next_attempt_at claimed_until last_status failure_code ended_at"
    " ended_entry_id",
}


def classified() -> list[str]:
    return [
        f"{model}.{field}"
        for table in (SEALED, PERSONAL, PUBLIC)
        for model, fields in table.items()
        for field in fields.split()
    ]


def existing() -> list[str]:
    return [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for field in model._meta.get_fields()
        if field.concrete
    ]


def test_every_field_has_one_class() -> None:
    assert sorted(classified()) == sorted(existing())
