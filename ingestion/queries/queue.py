"""Editions on their way: what the machine is at, and what waits for a person.

Promises: newest first, by keyset, stable while new ones arrive; counts are those of the
list. Will not: estimate, or decide who may see what.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from ingestion.lifecycle import PROCESSING, Status
from ingestion.models import DocumentVersion
from ingestion.queries.corpus import version_view
from ingestion.queries.views import VersionView

ON_THEIR_WAY: Final = PROCESSING | {
    Status.FAILED,
    Status.HELD,
    Status.RETURNED,
    Status.IN_REVIEW,
    Status.APPROVED,
}


def on_their_way(
    *,
    collection_slugs: Collection[str],
    statuses: Iterable[Status] = ON_THEIR_WAY,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[VersionView]:
    """Editions with one of these statuses, the last received first.

    `after` continues behind the receipt and id of the last one seen.
    """
    rows = _rows(collection_slugs).filter(status__in=[one.value for one in statuses])
    if after is not None:
        at, last_id = after
        rows = rows.filter(Q(received_at__lt=at) | Q(received_at=at, id__lt=last_id))
    found = rows.select_related("document__collection").order_by("-received_at", "-id")
    return [version_view(row) for row in found[:limit]]


def count_on_their_way(*, collection_slugs: Collection[str]) -> dict[Status, int]:
    """How many editions have each status, of those not settled yet."""
    rows = _rows(collection_slugs)
    rows = rows.filter(status__in=[one.value for one in ON_THEIR_WAY])
    counted = rows.values("status").annotate(n=Count("pk")).order_by()
    return {Status(row["status"]): row["n"] for row in counted}


def _rows(collection_slugs: Collection[str]) -> QuerySet[DocumentVersion]:
    slugs = list(collection_slugs)
    return DocumentVersion.objects.filter(document__collection__slug__in=slugs)
