"""Addresses of the pages. Each view names the permissions that open it."""

from django.urls import path, re_path

from clinrag.web.views import (
    answer,
    answers,
    approvals,
    asking,
    authorizations,
    bulk,
    comparisons,
    disclosures,
    documents,
    emergencies,
    erasures,
    golden,
    impact,
    integrity,
    library,
    overview,
    packages,
    recalls,
    requirements,
    retention,
    saved_views,
    session,
    sources,
    uploads,
    verifications,
    versions,
)

app_name = "web"
ID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"

urlpatterns = [
    path("", overview.overview_page, name="overview"),
    path("login", session.login_page, name="login"),
    path("logout", session.logout_page, name="logout"),
    path("appearance", session.set_appearance, name="appearance"),
    path("purpose", session.set_purpose, name="purpose"),
    path("answers", answers.answers_page, name="answers"),
    path("answers/<uuid:answer_id>", answer.answer_page, name="answer"),
    path("answers/<uuid:answer_id>/raw", answer.answer_json, name="answer_json"),
    path("answers/<uuid:answer_id>/receipt", answer.receipt, name="answer_receipt"),
    path("answers/<uuid:answer_id>/entry", answer.entry_bytes, name="answer_entry"),
    path(
        "answers/<uuid:answer_id>/emergency",
        emergencies.open_answer,
        name="break_glass",
    ),
    path("documents", library.library, name="documents"),
    path("documents/views", saved_views.keep_view, name="keep_view"),
    path("documents/views/<int:view_id>", saved_views.forget_view, name="forget_view"),
    path("documents/change", bulk.change_documents, name="change_documents"),
    path("documents.csv", library.library_csv, name="library_csv"),
    path("documents/<uuid:document_id>", documents.document_page, name="document"),
    path("upload", uploads.upload_page, name="upload"),
    path("upload/queue", uploads.queue_part, name="queue"),
    path("versions/<uuid:version_id>", versions.version_page, name="version"),
    path(
        "versions/<uuid:version_id>/progress",
        versions.progress_part,
        name="version_progress",
    ),
    path("versions/<uuid:version_id>/source", sources.source_file, name="source"),
    path(
        "versions/<uuid:version_id>/places/<int:number>",
        sources.page_places,
        name="page_places",
    ),
    path("versions/<uuid:version_id>/impact", impact.impact_page, name="impact"),
    re_path(
        rf"^versions/(?P<version_id>{ID})/impact\.(?P<form>csv|jsonl)$",
        impact.impact_list,
        name="impact_list",
    ),
    path("versions/<uuid:version_id>/non-use", impact.non_use_page, name="non_use"),
    path("versions/<uuid:version_id>/recall", recalls.new_recall, name="new_recall"),
    path("recalls", recalls.recalls_page, name="recalls"),
    path("recalls/<uuid:recall_id>", recalls.recall_page, name="recall"),
    path(
        "recalls/<uuid:recall_id>/acknowledge", recalls.acknowledge, name="acknowledge"
    ),
    path("recalls/<uuid:recall_id>/close", recalls.close, name="close_recall"),
    path(
        "recalls/<uuid:recall_id>/messages/<uuid:delivery_id>",
        recalls.tell_again,
        name="tell_again",
    ),
    path(
        "versions/<uuid:version_id>/approve",
        approvals.approve_page,
        name="approve_version",
    ),
    path(
        "versions/<uuid:version_id>/foresee", approvals.foresee_version, name="foresee"
    ),
    path("collections/<slug:slug>/golden", golden.golden_page, name="golden"),
    path(
        "collections/<slug:slug>/golden/keep", golden.keep_question, name="keep_golden"
    ),
    path(
        "collections/<slug:slug>/golden/import",
        golden.import_questions,
        name="import_golden",
    ),
    path(
        "collections/<slug:slug>/golden/<uuid:question_id>/retire",
        golden.retire_question,
        name="retire_golden",
    ),
    path("versions/<uuid:version_id>/sign", approvals.sign_version, name="sign"),
    path("versions/<uuid:version_id>/review", versions.review, name="review"),
    path("versions/<uuid:version_id>/activate", versions.activate, name="activate"),
    path("versions/<uuid:version_id>/withdraw", versions.withdraw, name="withdraw"),
    path("versions/<uuid:version_id>/resubmit", versions.resubmit, name="resubmit"),
    path("versions/<uuid:version_id>/retry", versions.retry, name="retry"),
    path("versions/<uuid:version_id>/cancel", versions.cancel, name="cancel"),
    path("versions/<uuid:version_id>/hold", versions.decide_hold, name="decide_hold"),
    path(
        "compare/<uuid:old_id>/<uuid:new_id>", comparisons.compare_page, name="compare"
    ),
    path(
        "compare/<uuid:old_id>/<uuid:new_id>/viewed",
        comparisons.view_section,
        name="view_section",
    ),
    path(
        "compare/<uuid:old_id>/<uuid:new_id>/comment",
        comparisons.comment,
        name="comment",
    ),
    path(
        "compare/<uuid:old_id>/<uuid:new_id>/redline.<slug:form>",
        comparisons.redline_file,
        name="redline",
    ),
    path("comments/<uuid:thread_id>", comparisons.reply, name="reply"),
    path("integrity", integrity.integrity_page, name="integrity"),
    path("integrity/checkpoints", integrity.checkpoints_page, name="checkpoints"),
    path("integrity/verifier", integrity.verifier, name="verifier"),
    path("integrity/key", integrity.public_key, name="public_key"),
    path("integrity/policy", integrity.witness_policy, name="witness_policy"),
    path("integrity/verify", verifications.verify, name="verify"),
    path(
        "integrity/verifications/<uuid:run_id>",
        verifications.verification_part,
        name="verification",
    ),
    path("custody", authorizations.waiting_page, name="waiting"),
    path("custody/log", authorizations.request_log_change, name="request_log_change"),
    path(
        "custody/requests/<uuid:authorization_id>",
        authorizations.authorization_page,
        name="authorization",
    ),
    path(
        "custody/requests/<uuid:authorization_id>/approve",
        authorizations.approve,
        name="approve",
    ),
    path(
        "custody/requests/<uuid:authorization_id>/refuse",
        authorizations.refuse,
        name="refuse",
    ),
    path("custody/packages", packages.packages_page, name="packages"),
    path("custody/packages/new", packages.new_package, name="new_package"),
    path("custody/packages/preview", packages.preview_package, name="preview_package"),
    path("custody/packages/ask", packages.request_package, name="request_package"),
    path("custody/packages/<uuid:package_id>", packages.package_page, name="package"),
    path(
        "custody/packages/<uuid:package_id>/progress",
        packages.package_progress,
        name="package_progress",
    ),
    path(
        "custody/packages/<uuid:package_id>/start",
        packages.start_package,
        name="start_package",
    ),
    path(
        "custody/packages/<uuid:package_id>/cancel",
        packages.cancel_package,
        name="cancel_package",
    ),
    path(
        "custody/packages/<uuid:package_id>/download",
        packages.download_package,
        name="download_package",
    ),
    path("custody/emergencies", emergencies.emergencies_page, name="emergencies"),
    path(
        "custody/emergencies/<uuid:break_glass_id>",
        emergencies.emergency_page,
        name="emergency",
    ),
    path(
        "custody/emergencies/<uuid:break_glass_id>/review",
        emergencies.review_emergency,
        name="review_emergency",
    ),
    path("custody/readings", disclosures.access_log_page, name="access_log"),
    path("custody/readings.csv", disclosures.access_log_csv, name="access_log_csv"),
    path("custody/readings/account", disclosures.account, name="account"),
    path("custody/retention", retention.retention_page, name="retention"),
    path("custody/retention/holds", retention.place_hold, name="place_hold"),
    path("custody/retention/floors", retention.set_floor, name="set_floor"),
    path("custody/retention/holds/<uuid:hold_id>", retention.hold_page, name="hold"),
    path(
        "custody/retention/holds/<uuid:hold_id>/ask",
        retention.ask_release,
        name="ask_release",
    ),
    path(
        "custody/retention/holds/<uuid:hold_id>/release",
        retention.release,
        name="release",
    ),
    path(
        "custody/retention/blocks/<int:first_index>/ask",
        retention.ask_pruning,
        name="ask_pruning",
    ),
    path(
        "custody/retention/blocks/<int:first_index>/drop",
        retention.prune,
        name="prune",
    ),
    path("custody/erasures", erasures.erasures_page, name="erasures"),
    path("custody/erasures/ask", erasures.ask_erasure, name="ask_erasure"),
    path(
        "custody/erasures/<uuid:authorization_id>/erase", erasures.erase, name="erase"
    ),
    path("custody/requirements", requirements.requirements_page, name="requirements"),
    path("ask", asking.ask_page, name="ask"),
]
