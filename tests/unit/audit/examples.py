"""One example of each event, used by the golden encodings."""

from audit import events

CHUNK = events.RetrievedChunk(
    chunk_id="c1",
    content_sha256="ab" * 32,
    version_id="v1",
    rank=1,
    score="0.812",
    vector_score="0.9",
    in_prompt=True,
    cited=True,
)
ENDED = {
    "query_entry_id": "01890000-0000-7000-8000-000000000001",
    "answer_id": "a1",
    "corpus_position": "e1",
    "retrieved": (CHUNK,),
    "template": "answer/1",
    "template_sha256": "cd" * 32,
    "prompt_sha256": "ef" * 32,
    "model": "extractive",
    "model_revision": "1",
    "parameters": (("temperature", "0"),),
    "policy": "default/1",
    "search": (("embedder", "minilm@1"), ("path", "exact")),
    "format": "soap_note/1",
    "format_sha256": "01" * 32,
    "style": "neutral/1",
    "style_sha256": "23" * 32,
}
COMPARED = {
    "document_id": "d1",
    "older_id": "v0",
    "version_id": "v1",
    "section": "s-0123456789ab",
}
VERSION = {"document_id": "d1", "version_id": "v1", "content_sha256": "ab" * 32}

AUTHORIZATION = {
    "authorization_id": "01890000-0000-7000-8000-000000000002",
    "action": "erasure",
    "scope": (("entry", "01890000-0000-7000-8000-000000000001"),),
}
TWO_PEOPLE = {
    "authorization_id": "01890000-0000-7000-8000-000000000002",
    "requested_by": "user:7",
    "approved_by": "user:8",
}

EXPORT = {"export_id": "x1", "authorization_id": "z1", "kind": "answer"}

HOLD = {
    "hold_id": "01890000-0000-7000-8000-000000000003",
    "kind": "question",
    "scope": (("question", "01890000-0000-7000-8000-000000000001"),),
}
MESSAGE = {
    "recall_id": "r1",
    "delivery_id": "m1",
    "endpoint_id": "e1",
    "app": "ward-app",
    "event": "recall.opened",
    "attempts": 1,
}
BUILD = {"collection_id": "k1", "build_id": "b1"}
EXAMPLES = [
    events.QueryReceived(
        answer_id="a1",
        app="ward-app",
        purpose="treatment",
        collections=("cardiology",),
        as_of="2026-11-23T05:00:00Z",
        policy="default/1",
        unit="icu-3",
    ),
    events.AnswerReleased(**ENDED, outcome="answered", verdicts=("supported",)),
    events.AnswerRefused(**ENDED, outcome="no_evidence", reason="below_floor"),
    events.AnswerFailed(**ENDED, outcome="model_failed", reason="model_timeout"),
    events.AnswerReplayed(
        answer_id="a1",
        outcome="differs",
        first_difference="prompt",
        stages=(("screening", "same"), ("prompt", "differs")),
        corpus_position="e2",
        called_model=True,
    ),
    events.ClaimsChecked(
        check_id="c1",
        rules="rules/4",
        versions=("v1",),
        verdicts=("supported", "unsupported"),
        problems=((), ("number_not_in_source",)),
    ),
    events.FeedbackGiven(
        feedback_id="f1", answer_id="a1", kind="unsafe", code="wrong_dose"
    ),
    events.AnswerReviewed(
        review_id="r1",
        answer_id="a1",
        verdict="correct",
        scores=(("accuracy", 4), ("safety", 5)),
        flags=("f1",),
    ),
    events.AnswerAnnotated(note_id="n1", answer_id="a1", kind="override"),
    events.ReviewAssigned(
        assignment_id="s1",
        answer_id="a1",
        reviewer="user:7",
        due_at="2026-03-15T08:00:00+00:00",
    ),
    events.ReviewTakenBack(assignment_id="s1", answer_id="a1", reviewer="user:7"),
    events.AnswerLost(query_entry_id=ENDED["query_entry_id"], answer_id="a1"),
    events.AnswerUndelivered(answer_id="a1", sent="accepted"),
    events.ModelProbed(
        server="http://127.0.0.1:8080/v1",
        model="tiny",
        answered_as="tiny-q8",
        address_class="local",
        findings=(("json_schema", "refused"), ("json_object", "followed")),
        reply_format="json_object",
    ),
    events.IndexBuildStarted(
        **BUILD, embedder="all-MiniLM-L6-v2-int8@8199be6f699a", chunker="", versions=3
    ),
    events.IndexBuildRetried(**BUILD, version_ids=("v1", "v2")),
    events.IndexBuildAbandoned(**BUILD, versions_done=2, versions=3),
    events.IndexVectorsDropped(**BUILD, embedder="small@1", vectors=120),
    events.IndexSwitched(
        collection_id="1d7e5d2c-0e0e-4f8e-9f5b-000000000001",
        build_id="1d7e5d2c-0e0e-4f8e-9f5b-000000000002",
        embedder="all-MiniLM-L6-v2-int8@8199be6f699a",
        previous_embedder="",
        chunker="structure/2",
        recut=("1d7e5d2c-0e0e-4f8e-9f5b-000000000003",),
        versions=3,
        passages=120,
    ),
    events.CollectionCreated(
        collection_id="k1",
        slug="cardiology",
        name="Cardiology",
        specialty="cardiology",
        language="en",
        audience="everyone",
    ),
    events.CollectionRulesSet(
        collection_id="k1",
        slug="cardiology",
        chunk_tokens=128,
        chunk_min_tokens=None,
        tracked_changes="refuse",
    ),
    events.CollectionPolicySet(
        collection_id="k1",
        slug="cardiology",
        number=2,
        grounding="refuse",
        identifiers="mask",
        external_models=False,
        former_grounding="drop",
        former_identifiers="mask",
        former_external_models=True,
        loosens=False,
        reason="The model moved into the house.",
    ),
    events.DocumentRegistered(
        document_id="d1",
        collection_id="k1",
        title="Heart failure",
        publisher="A society",
        citation="A society 2026",
        url="https://example.org/hf",
        licence="CC-BY-4.0",
        language="en",
    ),
    events.VersionReceived(
        **VERSION, label="2026", byte_size=1024, media_type="text/html"
    ),
    events.VersionReady(
        **VERSION,
        text_sha256="cd" * 32,
        chunk_count=12,
        parser="html/1",
        chunker="structure/1",
        embedder="minilm",
    ),
    events.VersionFailed(**VERSION, code="file_corrupt"),
    events.VersionRetried(**VERSION, code="parse_timeout"),
    events.VersionReviewed(
        **VERSION,
        review_id="r2",
        decision="approve",
        meaning="fit for use",
        printed_name="Rita Reviewer",
        authenticated_by="password",
        text_sha256="cd" * 32,
        comparison_sha256="ef" * 32,
        foresight_sha256="01" * 32,
        foresight="stale",
        acknowledged=True,
    ),
    events.VersionForeseen(
        **VERSION,
        report_id="f1",
        report_sha256="01" * 32,
        corpus_position="e1",
        rules="foresight/1",
        answers_compared=250,
        answers_changed=3,
        conflicts=1,
        golden_changed=2,
    ),
    events.GoldenQuestionKept(
        question_id="g1",
        collection="pain",
        expects="passage",
        question_sha256="23" * 32,
    ),
    events.GoldenQuestionRetired(question_id="g1", collection="pain"),
    events.EvaluationRecorded(
        report_id="r1",
        report_sha256="23" * 32,
        set_name="guidelines",
        questions=38,
        inputs=(("answerer", "extractive"), ("top_k", "8")),
        figures=(("citation_recall", 30, 34), ("dose_exact", 4, 5)),
        baseline_sha256="45" * 32,
        worse=("dose_exact",),
        waivers=("w1",),
    ),
    events.EvaluationWaived(
        waiver_id="w1",
        report_id="r0",
        report_sha256="67" * 32,
        measure="dose_exact",
        reason="The source was withdrawn.",
        expires_at="2026-12-01T00:00:00Z",
    ),
    events.VersionActivated(
        **VERSION, in_force_from="2026-12-01T00:00:00Z", supersedes="v0"
    ),
    events.VersionSuperseded(
        **VERSION, superseded_by="v2", in_force_to="2026-12-01T00:00:00Z"
    ),
    events.VersionWithdrawn(**VERSION, reason="Recalled by its publisher"),
    events.VersionHeld(
        **VERSION,
        hold_id="h1",
        code="identifiers_found",
        findings=(("phone_number", 2),),
    ),
    events.VersionHoldDecided(
        **VERSION, hold_id="h1", decision="release", reason="A clinic's own number"
    ),
    events.VersionBegun(**VERSION, in_force_from="2026-11-23T05:00:00+00:00"),
    events.VersionExpired(**VERSION, in_force_to="2026-12-23T05:00:00+00:00"),
    events.VersionRelabelled(
        **VERSION, record_id="r2", label="2026 edition", reason="A slip of the pen"
    ),
    events.VersionEmbargoed(**VERSION, embargo_until="2026-12-01T05:00:00+00:00"),
    events.DocumentCorrected(
        document_id="d1",
        record_id="r1",
        title="Hypertension in adults",
        publisher="A publisher",
        citation="",
        url="https://example.org/hypertension",
        licence="CC BY 4.0",
        language="en",
        owner_id="user:7",
        review_by="2027-01-31",
        reason="The publisher was misspelt",
    ),
    events.DocumentReviewDue(
        document_id="d1", reminder_id="m1", owner_id="user:7", review_by="2027-01-31"
    ),
    events.DocumentLookedThrough(
        document_id="d1", reminder_id="m1", note="Still holds", review_by=None
    ),
    events.SourceAdded(
        source_id="s1",
        collection_id="k1",
        document_id=None,
        kind="folder",
        name="Guidelines",
        address_sha256="ab" * 32,
        every_seconds=3600,
        owner_id="user:7",
    ),
    events.SourceChanged(
        source_id="s1",
        name="Guidelines",
        every_seconds=3600,
        owner_id="user:7",
        is_paused=True,
    ),
    events.SourceDrafted(**VERSION, source_id="s1", task_id="t1", older_id=None),
    events.DisappearanceAsked(
        source_id="s1", task_id="t2", document_id="d1", version_id="v1"
    ),
    events.OwnerTaskClosed(
        source_id="s1", task_id="t2", kind="missing", note="Moved to the archive"
    ),
    events.SectionViewed(**COMPARED, is_viewed=True),
    events.ComparisonCommented(
        **COMPARED,
        comment_id="c1",
        thread_id="c1",
        side="new",
        char_start=3,
        char_end=9,
        quote_sha256="ab" * 32,
        text_sha256="cd" * 32,
    ),
    events.ThreadSettled(**COMPARED, thread_id="c1", is_resolved=True),
    events.ContentDisclosed(
        answer_ids=("a1",), purpose="review", surface="web", entry_ids=("e1",)
    ),
    events.KeyIssued(key_id="3f2a", name="Ward app", scopes=("ask",)),
    events.KeyRevoked(key_id="3f2a", name="Ward app"),
    events.CollectionGranted(collection_id="k1", holder_id="key:3f2a"),
    events.UserCreated(user_id="7", username="ada", roles=("reviewer",)),
    events.SignInSucceeded(user_id="7", username="ada"),
    events.SignInFailed(reason="bad_password", user_id="7"),
    events.AuthorizationRequested(**AUTHORIZATION, expires_at="2026-12-01T00:00:00Z"),
    events.AuthorizationApproved(**AUTHORIZATION, requested_by="user:7"),
    events.AuthorizationRefused(**AUTHORIZATION, requested_by="user:7"),
    events.AuthorizationExecuted(
        **AUTHORIZATION, requested_by="user:7", approved_by="user:8"
    ),
    events.AuthorizationExpired(**AUTHORIZATION, requested_by="user:7"),
    events.KeyRotated(
        old_vkey="log+1+a", new_vkey="log+2+b", statement="note\n", **TWO_PEOPLE
    ),
    events.ShardOpened(
        shard=2,
        origin="log/2",
        vkey="log/2+1+a",
        first_index=9,
        predecessor_note="note\n",
        predecessor_vkey="log+2+b",
        recovered_size=7,
        recovered_root="ab" * 32,
        lost_from=7,
        lost_to=9,
        handover="note\n",
        **TWO_PEOPLE,
    ),
    events.GlassBroken(
        break_glass_id="b1",
        answer_id="a1",
        entry_ids=("e1",),
        expires_at="2026-12-01T01:00:00Z",
        review_due_at="2026-12-04T00:00:00Z",
    ),
    events.GlassReviewed(
        break_glass_id="b1", answer_id="a1", opened_by="user:7", finding="justified"
    ),
    events.GlassReviewOverdue(
        break_glass_id="b1",
        answer_id="a1",
        opened_by="user:7",
        review_due_at="2026-12-04T00:00:00Z",
    ),
    events.ExportBuilt(
        **EXPORT,
        content="disclosed",
        entries=2,
        byte_size=4096,
        sha256="ab" * 32,
        manifest_sha256="cd" * 32,
    ),
    events.ExportFailed(**EXPORT, code="export_empty"),
    events.ExportCancelled(**EXPORT),
    events.ExportDownloaded(**EXPORT, surface="api", sha256="ab" * 32),
    events.ExportRemoved(**EXPORT, sha256="ab" * 32),
    events.HoldPlaced(**HOLD),
    events.HoldReleased(
        **HOLD, authorization_id="01890000-0000-7000-8000-000000000002"
    ),
    events.ContentErased(
        erasure_id="x1",
        authorization_id="z1",
        requested_by="user:7",
        approved_by="user:8",
        kind="subject",
        scope=(("subject_key", "s1"),),
        reason_class="subject_request",
        entries=(events.ErasedEntry(entry_id="e1", key_id="e1", index=7),),
        subject_key_ids=("s1",),
        part=1,
        parts=1,
        destroyed_at="2026-11-23T05:00:00Z",
        backups_gone_at="2026-11-30T05:00:00Z",
    ),
    events.ErasureStopped(erasure_id="x1", authorization_id="z1", hold_ids=("h1",)),
    events.ErasureChecked(
        erasure_id="x1", keys=2, keys_found=0, backups_gone_at="2026-11-30T05:00:00Z"
    ),
    events.RetentionFloorSet(
        floor_id="f1",
        retention_class="answer",
        source="ASTM E2147-18",
        years=10,
        applies_from="2026-01-01",
    ),
    events.BlockPruned(
        first_index=0,
        last_index=1048575,
        authorization_id="z1",
        requested_by="user:7",
        approved_by="user:8",
        kept_until="2036-11-23T05:00:00Z",
        payload_partitions=("audit_payload_2026_11",),
    ),
    events.RecallOpened(
        recall_id="r1",
        kind="section",
        document_id="d1",
        version_id="v1",
        chunk_ids=("c1",),
        reach="in_prompt",
        severity="critical",
        answers=2,
        answers_sha256="ab" * 32,
        apps=("ward-app",),
        due_at="2026-11-24T05:00:00+00:00",
    ),
    events.RecallNotified(**MESSAGE),
    events.RecallUndelivered(**MESSAGE, code="gone"),
    events.RecallAcknowledged(recall_id="r1", notice_id="n1", app="ward-app"),
    events.RecallClosed(recall_id="r1", outstanding=1),
    events.WebhookRegistered(endpoint_id="e1", app="ward-app", url_sha256="ab" * 32),
    events.WebhookRemoved(endpoint_id="e1", app="ward-app"),
]
