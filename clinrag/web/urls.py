"""Addresses of the pages. Each view names the permissions that open it."""

from django.urls import path

from clinrag.web.views import (
    answer,
    answers,
    asking,
    comparisons,
    documents,
    integrity,
    overview,
    session,
    uploads,
    versions,
)

app_name = "web"

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
    path("documents", documents.library, name="documents"),
    path("documents/<uuid:document_id>", documents.document_page, name="document"),
    path("upload", uploads.upload_page, name="upload"),
    path("versions/<uuid:version_id>", versions.version_page, name="version"),
    path(
        "versions/<uuid:version_id>/progress",
        versions.progress_part,
        name="version_progress",
    ),
    path("versions/<uuid:version_id>/review", versions.review, name="review"),
    path("versions/<uuid:version_id>/activate", versions.activate, name="activate"),
    path("versions/<uuid:version_id>/withdraw", versions.withdraw, name="withdraw"),
    path("versions/<uuid:version_id>/resubmit", versions.resubmit, name="resubmit"),
    path("versions/<uuid:version_id>/retry", versions.retry, name="retry"),
    path(
        "compare/<uuid:old_id>/<uuid:new_id>", comparisons.compare_page, name="compare"
    ),
    path("integrity", integrity.integrity_page, name="integrity"),
    path("integrity/verify", integrity.verify, name="verify"),
    path("ask", asking.ask_page, name="ask"),
]
