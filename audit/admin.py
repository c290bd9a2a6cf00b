"""The ledger in the administration: to be read, never written.

Promises: no add, no change, no delete and no bulk action, whoever asks; only those
who may read the ledger see it. Shows no sealed content: reading that is an event of
its own, and happens on an answer's evidence page.
"""

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.module_loading import import_string

from audit.events import EventType
from audit.models import Alarm, Checkpoint, Entry
from audit.queries import EntryView
from audit.queries.entries import view

READ_LEDGER = "read_ledger"


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A model that the administration lists and shows, and nothing else."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_read(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return may_read(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False


def may_read(request: HttpRequest) -> bool:
    """Whether the signed-in person holds the permission to read the ledger.

    Asked of the account by name, since this package knows nobody above it.
    """
    user: Any = request.user
    may = getattr(user, "may", None)
    return bool(user.is_active and user.is_staff and may and may(READ_LEDGER))


class TypeFilter(admin.SimpleListFilter):
    """Narrows the entries to one type of event."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [(one.value, one.value) for one in EventType]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Entry]
    ) -> QuerySet[Entry]:
        del request
        wanted = self.value()
        return queryset.filter(type=wanted) if wanted in set(EventType) else queryset


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """Entries, newest first; each told as a sentence, and as its exact bytes."""

    list_display = ("index", "at", "type", "told", "actor_id")
    list_display_links = ("index",)
    list_filter = (TypeFilter,)
    search_fields = ("=entry_id", "=actor_id", "=query_id")
    search_help_text = (
        "An entry's id, an actor's id, or a question's entry id, in full."
    )
    ordering = ("-index",)
    fields = ("index", "entry_id", "at", "type", "told", "actor_id", "leaf", "content")
    readonly_fields = fields

    @admin.display(description="what happened")
    def told(self, entry: Entry) -> str:
        tell: Callable[[EntryView], str] = import_string(settings.ENTRY_TELLER)
        return tell(view(entry, entry.index))

    @admin.display(description="leaf hash")
    def leaf(self, entry: Entry) -> str:
        return bytes(entry.leaf_hash).hex()

    @admin.display(description="entry")
    def content(self, entry: Entry) -> str:
        text = json.dumps(json.loads(bytes(entry.body)), indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    """Signed checkpoints, largest first, with their notes."""

    list_display = ("size", "signed_at", "root_hash")
    ordering = ("-size",)
    fields = ("size", "signed_at", "root_hash", "signed_note")
    readonly_fields = fields

    @admin.display(description="root")
    def root_hash(self, checkpoint: Checkpoint) -> str:
        return bytes(checkpoint.root).hex()

    @admin.display(description="note")
    def signed_note(self, checkpoint: Checkpoint) -> str:
        return format_html("<pre>{}</pre>", checkpoint.note)


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """What the signer refused, newest first."""

    list_display = ("raised_at", "kind", "tree_size", "detail")
    ordering = ("-raised_at",)
    fields = list_display
    readonly_fields = list_display
