"""Packages and erasures: what was read into a package goes when its keys go.

Promises that no package in the clear outlives an erasure that it may hold words of, and
that none is begun or handed out while one is under way. Counts erasures under the lock
that they are done under, so that no clock decides which came first. Ends every package
that was begun before: which of them holds the erased words, only reading would tell.
Cannot call back what was downloaded.
"""

from typing import Final

from django.db.models import QuerySet

from audit.custody import holds
from audit.custody.erasure import ErasureState
from audit.errors import Erased, ExportStateWrong
from audit.exports.scopes import Content
from audit.models import Erasure, Export

IN_THE_CLEAR: Final = frozenset(content for content in Content if content.is_read)


def begin(row: Export) -> None:
    """Note which erasures came before this package, in the caller's transaction.

    Raises ExportStateWrong while one is under way: it
    ends within a minute.
    """
    if row.content not in IN_THE_CLEAR:
        return
    if Erasure.objects.filter(state=ErasureState.BEGUN).exists():
        raise ExportStateWrong
    row.erasures_before = _begun().count()


def wait(content: str) -> None:
    """Wait for an erasure that is at work just now, before any row is locked."""
    if content in IN_THE_CLEAR:
        holds.lock()


def check(row: Export) -> None:
    """Raise Erased if content was, or is being, erased since this package was begun."""
    if row.content in IN_THE_CLEAR and row.erasures_before < _begun().count():
        raise Erased


def outlived(*, limit: int = 100) -> list[Export]:
    """Packages, being built or finished, that `check` would raise for; oldest first."""
    rows = Export.objects.filter(
        state__in=["building", "built"],
        content__in=IN_THE_CLEAR,
        erasures_before__lt=_begun().count(),
    )
    return list(rows.order_by("requested_at")[:limit])


def _begun() -> QuerySet[Erasure]:
    """A stopped one destroyed nothing."""
    return Erasure.objects.exclude(state=ErasureState.STOPPED)
