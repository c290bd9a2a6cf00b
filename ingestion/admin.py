"""The corpus in Django's admin, for looking only.

Promises: nothing can be added, changed or deleted here; changes go through actions.
Will not: show texts or passages, which belong to the screens that cite them.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ingestion.models import Collection, CorpusChange, Document, DocumentVersion, Review


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """An admin that lists and shows."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Any = None,  # noqa: ARG002
    ) -> bool:
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Any = None,  # noqa: ARG002
    ) -> bool:
        return False


@admin.register(Collection)
class CollectionAdmin(ReadOnlyAdmin):
    """Collections by short name."""

    list_display = ("slug", "name", "specialty", "language", "audience")
    ordering = ("slug",)


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    """Documents by title."""

    list_display = ("title", "collection", "publisher", "language", "review_by")
    list_filter = ("collection",)
    list_select_related = ("collection",)
    search_fields = ("title", "publisher")
    ordering = ("title",)


@admin.register(DocumentVersion)
class DocumentVersionAdmin(ReadOnlyAdmin):
    """Versions, newest first."""

    list_display = ("document", "number", "label", "status", "in_force_from")
    list_filter = ("status",)
    list_select_related = ("document",)
    search_fields = ("document__title", "label", "content_sha256")
    ordering = ("-received_at",)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """Reviews, newest first."""

    list_display = ("version", "reviewer_name", "decision", "decided_at")
    list_filter = ("decision",)
    list_select_related = ("version",)
    ordering = ("-decided_at",)


@admin.register(CorpusChange)
class CorpusChangeAdmin(ReadOnlyAdmin):
    """Changes of which text is in force, newest first."""

    list_display = ("entry_id", "version", "in_force_from", "in_force_to", "changed_at")
    list_select_related = ("version",)
    ordering = ("-id",)
