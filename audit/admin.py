"""The ledger in the administration: to be read, never written.

Promises: no add, no change, no delete and no bulk action, whoever asks; only those
who may read the ledger see it. Shows no sealed content: reading that is an event of
its own, and happens on an answer's evidence page.
"""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from audit.events import sentence
from audit.models import Alarm, Checkpoint, Entry

READ_LEDGER = "read_ledger"


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """A model that the administration lists and shows, and nothing else."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_read(request)

    def has_view_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return may_read(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


def may_read(request: HttpRequest) -> bool:
    """Whether the signed-in person holds the permission to read the ledger.

    Asked of the account by name, since this package knows nobody above it.
    """
    user: Any = request.user
    may = getattr(user, "may", None)
    return bool(user.is_active and user.is_staff and may and may(READ_LEDGER))
