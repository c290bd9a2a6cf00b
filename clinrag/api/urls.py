"""Addresses of the REST interface and of health.

Everything below `/api/` that is not here is answered with problem details.
"""

from django.urls import path, re_path

from clinrag.api.views import (
    answers,
    authorizations,
    builds,
    chat,
    comparisons,
    corpus,
    description,
    embeddings,
    emergencies,
    erasures,
    evaluations,
    exports,
    foresight,
    formats,
    groundings,
    health,
    holds,
    impact,
    ledger,
    lists,
    log,
    policies,
    processing,
    proofs,
    provenance,
    recalls,
    records,
    remarks,
    replays,
    retrievals,
    reviewing,
    reviews,
    sources,
    versions,
    webhooks,
)

app_name = "api"

V1 = "api/v1/"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
AUTHORIZATION = f"{V1}authorizations/<uuid:authorization_id>"
DOCUMENT = f"{V1}documents/<uuid:document_id>"
EXPORT = f"{V1}exports/<uuid:export_id>"
SOURCE = f"{V1}sources/<uuid:source_id>"
HOLD = f"{V1}holds/<uuid:hold_id>"
FORM = r"(?P<form>csv|jsonl)"
LOG = r"^log/(?P<shard>[1-9][0-9]{0,4})/(?P<path>[a-z0-9/.]{1,80})$"
VERSION = f"{V1}versions/<uuid:version_id>"
BUILD = f"{V1}index-builds/<uuid:build_id>"
RECALL = f"{V1}recalls/<uuid:recall_id>"
ID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
NON_USE = rf"^{V1}versions/(?P<version_id>{ID})/non-use\.(?P<form>html|json)$"
IMPACT = rf"^{V1}versions/(?P<version_id>{ID})/impact\.{FORM}$"

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path(f"{V1}openapi.json", description.openapi, name="openapi"),
    path(f"{V1}docs", description.swagger, name="swagger"),
    path(f"{V1}redoc", description.redoc, name="redoc"),
    re_path("^log/?$", log.Root.as_view(), name="log_root"),
    path("log/shards", log.Shards.as_view(), name="log_shards"),
    re_path(LOG, log.LogResource.as_view(), name="log"),
    path("v1/chat/completions", chat.ChatCompletions.as_view(), name="chat"),
    path("v1/embeddings", embeddings.Embeddings.as_view(), name="embeddings"),
    path("v1/models", chat.ChatModels.as_view(), name="chat_models"),
    path("v1/models/<str:name>", chat.OneChatModel.as_view(), name="chat_model"),
    path(f"{V1}answers", answers.Answers.as_view(), name="answers"),
    path(f"{V1}answers/<uuid:answer_id>", answers.OneAnswer.as_view(), name="answer"),
    path(f"{V1}answers/<uuid:answer_id>/proof", proofs.Proof.as_view(), name="proof"),
    path(
        f"{V1}answers/<uuid:answer_id>/entry", proofs.EntryBytes.as_view(), name="entry"
    ),
    path(
        f"{V1}answers/<uuid:answer_id>/provenance",
        provenance.Provenance.as_view(),
        name="provenance",
    ),
    path(
        f"{V1}answers/<uuid:answer_id>/standing",
        impact.Standing.as_view(),
        name="standing",
    ),
    path(
        f"{V1}answers/<uuid:answer_id>/replays",
        replays.Replays.as_view(),
        name="replays",
    ),
    path(f"{V1}answers/<uuid:answer_id>/today", replays.Todays.as_view(), name="today"),
    path(
        f"{V1}answers/<uuid:answer_id>/remarks",
        remarks.Remarks.as_view(),
        name="remarks",
    ),
    path(
        f"{V1}answers/<uuid:answer_id>/remarks/words",
        remarks.RemarkWords.as_view(),
        name="remark_words",
    ),
    path(
        f"{V1}answers/<uuid:answer_id>/feedback",
        remarks.Feedback.as_view(),
        name="feedback",
    ),
    path(
        f"{V1}answers/<uuid:answer_id>/assessments",
        remarks.AnswerReviews.as_view(),
        name="answer_reviews",
    ),
    path(f"{V1}answers/<uuid:answer_id>/notes", remarks.Notes.as_view(), name="notes"),
    path(
        f"{V1}answers/<uuid:answer_id>/reviewers",
        reviewing.Reviewers.as_view(),
        name="reviewers",
    ),
    path(
        f"{V1}answers/<uuid:answer_id>/reviewers/<str:reviewer_id>",
        reviewing.OneReviewer.as_view(),
        name="reviewer",
    ),
    path(f"{V1}review-queue", reviewing.ReviewQueue.as_view(), name="review_queue"),
    path(
        f"{V1}review-queue/agreement",
        reviewing.ReviewAgreement.as_view(),
        name="review_agreement",
    ),
    path(
        f"{V1}answers/<uuid:answer_id>/emergency",
        emergencies.Emergency.as_view(),
        name="emergency",
    ),
    re_path(rf"^{V1}answers\.{FORM}$", lists.AnswerList.as_view(), name="answer_list"),
    re_path(
        rf"^{V1}ledger/entries\.{FORM}$", lists.EntryList.as_view(), name="entry_list"
    ),
    path(f"{V1}ledger/disclosures", emergencies.Disclosures.as_view(), name="account"),
    path(
        f"{V1}authorizations",
        authorizations.Authorizations.as_view(),
        name="authorizations",
    ),
    path(
        AUTHORIZATION, authorizations.OneAuthorization.as_view(), name="authorization"
    ),
    path(
        f"{AUTHORIZATION}/approval",
        authorizations.AuthorizationApproval.as_view(),
        name="authorization_approval",
    ),
    path(
        f"{AUTHORIZATION}/refusal",
        authorizations.AuthorizationRefusal.as_view(),
        name="authorization_refusal",
    ),
    path(
        f"{AUTHORIZATION}/erasure",
        authorizations.ErasureExecution.as_view(),
        name="erasure_execution",
    ),
    path(f"{V1}erasures", erasures.Erasures.as_view(), name="erasures"),
    path(
        f"{V1}erasures/<uuid:erasure_id>", erasures.OneErasure.as_view(), name="erasure"
    ),
    path(f"{V1}holds", holds.Holds.as_view(), name="holds"),
    path(HOLD, holds.OneHold.as_view(), name="hold"),
    path(
        f"{HOLD}/release-request",
        holds.HoldReleaseRequest.as_view(),
        name="hold_release_request",
    ),
    path(f"{HOLD}/release", holds.HoldRelease.as_view(), name="hold_release"),
    path(f"{V1}retention", holds.Retention.as_view(), name="retention"),
    path(f"{V1}emergencies", emergencies.Emergencies.as_view(), name="emergencies"),
    path(
        f"{V1}emergencies/<uuid:break_glass_id>/review",
        emergencies.EmergencyReview.as_view(),
        name="emergency_review",
    ),
    path(f"{V1}exports", exports.Exports.as_view(), name="exports"),
    path(f"{V1}exports/preview", exports.Preview.as_view(), name="export_preview"),
    path(EXPORT, exports.OneExport.as_view(), name="export"),
    path(f"{EXPORT}/approval", exports.Approval.as_view(), name="export_approval"),
    path(f"{EXPORT}/refusal", exports.Refusal.as_view(), name="export_refusal"),
    path(f"{EXPORT}/build", exports.Building.as_view(), name="export_build"),
    path(
        f"{EXPORT}/cancellation",
        exports.Cancellation.as_view(),
        name="export_cancellation",
    ),
    path(f"{EXPORT}/file", exports.PackageFile.as_view(), name="export_file"),
    path(f"{V1}ledger/checkpoints", ledger.Checkpoints.as_view(), name="checkpoints"),
    path(f"{V1}ledger/consistency", ledger.Consistency.as_view(), name="consistency"),
    path(f"{V1}formats", formats.Formats.as_view(), name="formats"),
    path(f"{V1}styles", formats.Styles.as_view(), name="styles"),
    path(f"{V1}groundings", groundings.Groundings.as_view(), name="groundings"),
    path(f"{V1}retrievals", retrievals.Retrievals.as_view(), name="retrievals"),
    path(f"{V1}collections", corpus.Collections.as_view(), name="collections"),
    path(
        f"{V1}collections/<slug:slug>",
        corpus.OneCollection.as_view(),
        name="one-collection",
    ),
    path(
        f"{V1}collections/<slug:slug>/policy",
        policies.CollectionPolicy.as_view(),
        name="collection-policy",
    ),
    path(f"{V1}documents", corpus.Documents.as_view(), name="documents"),
    path(DOCUMENT, corpus.OneDocument.as_view(), name="document"),
    path(f"{DOCUMENT}/versions", versions.Versions.as_view(), name="versions"),
    path(
        f"{DOCUMENT}/descriptions", records.Descriptions.as_view(), name="descriptions"
    ),
    path(f"{VERSION}/embargo", records.Embargo.as_view(), name="embargo"),
    path(f"{VERSION}/holds", records.Holds.as_view(), name="version-holds"),
    path(
        f"{VERSION}/hold-decision", records.DecidedHold.as_view(), name="hold-decision"
    ),
    path(f"{V1}sources", sources.Sources.as_view(), name="sources"),
    path(SOURCE, sources.OneSource.as_view(), name="source"),
    path(f"{SOURCE}/check", sources.SourceCheckNow.as_view(), name="source-check"),
    path(f"{SOURCE}/checks", sources.SourceChecks.as_view(), name="source-checks"),
    path(f"{SOURCE}/items", sources.SourceItems.as_view(), name="source-items"),
    path(
        f"{SOURCE}/placements",
        sources.SourcePlacements.as_view(),
        name="source-placements",
    ),
    path(f"{V1}owner-tasks", sources.OwnerTasks.as_view(), name="owner-tasks"),
    path(
        f"{V1}owner-tasks/<uuid:task_id>/closing",
        sources.OwnerTaskClosing.as_view(),
        name="owner-task-closing",
    ),
    path(f"{V1}reminders", records.Reminders.as_view(), name="reminders"),
    path(
        f"{V1}reminders/<int:reminder_id>/closing",
        records.ClosedReminder.as_view(),
        name="reminder-closing",
    ),
    path(VERSION, versions.OneVersion.as_view(), name="version"),
    path(
        f"{VERSION}/passages/<uuid:chunk_id>",
        versions.Passage.as_view(),
        name="passage",
    ),
    path(
        f"{VERSION}/comparison/<uuid:older_id>",
        comparisons.Comparison.as_view(),
        name="comparison",
    ),
    path(f"{VERSION}/impact", impact.Impact.as_view(), name="impact"),
    path(f"{VERSION}/impact/counts", impact.ImpactCounts.as_view(), name="counts"),
    re_path(IMPACT, impact.ImpactList.as_view(), name="impact_list"),
    path(f"{VERSION}/non-use", impact.NonUse.as_view(), name="non_use"),
    re_path(NON_USE, impact.NonUseFile.as_view(), name="non_use_file"),
    path(f"{V1}evaluations", evaluations.Evaluations.as_view(), name="evaluations"),
    path(
        f"{V1}evaluations/<uuid:report_id>",
        evaluations.OneEvaluation.as_view(),
        name="evaluation",
    ),
    path(
        f"{V1}evaluations/<uuid:report_id>/waivers",
        evaluations.EvaluationWaivers.as_view(),
        name="evaluation_waivers",
    ),
    path(f"{V1}recalls", recalls.Recalls.as_view(), name="recalls"),
    path(RECALL, recalls.OneRecall.as_view(), name="recall"),
    path(f"{RECALL}/answers", recalls.AnswersOfRecall.as_view(), name="recall_answers"),
    path(
        f"{RECALL}/acknowledgement",
        recalls.Acknowledgement.as_view(),
        name="recall_acknowledgement",
    ),
    path(f"{RECALL}/closing", recalls.Closing.as_view(), name="recall_closing"),
    path(f"{RECALL}/deliveries", recalls.Deliveries.as_view(), name="deliveries"),
    path(
        f"{RECALL}/deliveries/<uuid:delivery_id>/replay",
        recalls.Replay.as_view(),
        name="replay",
    ),
    path(f"{V1}webhooks", webhooks.Webhooks.as_view(), name="webhooks"),
    path(
        f"{V1}webhooks/<uuid:endpoint_id>",
        webhooks.OneWebhook.as_view(),
        name="webhook",
    ),
    path(f"{VERSION}/foresight", foresight.Foresight.as_view(), name="foresight"),
    path(
        f"{V1}collections/<slug:slug>/golden-questions",
        foresight.GoldenQuestions.as_view(),
        name="golden_questions",
    ),
    path(
        f"{V1}collections/<slug:slug>/golden-questions/import",
        foresight.GoldenImport.as_view(),
        name="golden_import",
    ),
    path(
        f"{V1}collections/<slug:slug>/golden-questions/<uuid:question_id>/retirement",
        foresight.GoldenRetirement.as_view(),
        name="golden_retirement",
    ),
    path(f"{VERSION}/diff", comparisons.Diff.as_view(), name="diff"),
    path(f"{VERSION}/diff/viewed", comparisons.Viewed.as_view(), name="viewed"),
    path(f"{VERSION}/diff/comments", comparisons.Comments.as_view(), name="comments"),
    re_path(
        rf"^{V1}versions/(?P<version_id>{UUID})/diff\.(?P<form>docx|html|json)$",
        comparisons.RedlineFile.as_view(),
        name="redline",
    ),
    path(
        f"{V1}comments/<uuid:thread_id>/replies",
        comparisons.Replies.as_view(),
        name="replies",
    ),
    path(
        f"{V1}comments/<uuid:thread_id>/settlement",
        comparisons.Settlement.as_view(),
        name="settlement",
    ),
    path(f"{VERSION}/reviews", reviews.Reviews.as_view(), name="reviews"),
    path(f"{VERSION}/work", processing.Work.as_view(), name="work"),
    path(
        f"{VERSION}/cancellation",
        processing.Cancellation.as_view(),
        name="cancellation",
    ),
    path(f"{VERSION}/retry", processing.Retry.as_view(), name="retry"),
    path(
        f"{V1}collections/<slug:slug>/index-builds",
        builds.Builds.as_view(),
        name="index-builds",
    ),
    path(BUILD, builds.OneBuild.as_view(), name="index-build"),
    path(f"{BUILD}/switch", builds.Switch.as_view(), name="index-switch"),
    path(
        f"{BUILD}/abandonment", builds.Abandonment.as_view(), name="index-abandonment"
    ),
    path(f"{BUILD}/dropping", builds.Dropping.as_view(), name="index-dropping"),
    path(f"{BUILD}/retry", builds.BuildRetry.as_view(), name="index-retry"),
    path(f"{BUILD}/reversion", builds.Reversion.as_view(), name="index-reversion"),
    path(f"{VERSION}/activation", versions.Activation.as_view(), name="activation"),
    path(f"{VERSION}/withdrawal", versions.Withdrawal.as_view(), name="withdrawal"),
]
