"""Recalls, what is outstanding, and messages, for readers.

Promises: values out, never rows; what is overdue is so at the moment asked for. Will
not: decide who may see what; an app's own recalls are those with a notice for it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from clinrag.answering.impact.types import Target
from clinrag.answering.models import Recall, RecallNotice, WebhookDelivery
from clinrag.answering.reach import DeliveryState, Reach, Severity, TargetKind
from clinrag.answering.recalls.errors import DeliveryUnknown, RecallUnknown
from clinrag.answering.recalls.types import DeliveryView, NoticeView, RecallView
from ingestion.queries.footing import documents_within

STATES: Final = ("open", "overdue", "closed", "all")
MOST_ROWS: Final = 200


def recalls(
    *,
    at: datetime,
    state: str = "all",
    app: str | None = None,
    version_id: UUID | None = None,
    collection_slugs: Collection[str] | None = None,
    limit: int = 50,
    before: UUID | None = None,
) -> list[RecallView]:
    """Newest first; `before` continues behind the last one seen. Ids sort by time.

    With `collection_slugs` those of documents in these collections alone.
    """
    rows = _in_state(state, at=at).order_by("-id")
    if collection_slugs is not None:
        rows = rows.filter(document_id__in=_documents_in(collection_slugs))
    if app is not None:
        mine = RecallNotice.objects.filter(recall_id=OuterRef("pk"), app=app)
        rows = rows.filter(Exists(mine))
    if version_id is not None:
        rows = rows.filter(version_id=version_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return _views(rows[: min(limit, MOST_ROWS)], at=at)


def recall(recall_id: UUID, *, at: datetime) -> RecallView:
    """Raises RecallUnknown."""
    found = _views(Recall.objects.filter(pk=recall_id), at=at)
    if not found:
        raise RecallUnknown
    return found[0]


def overdue_notices(
    *, at: datetime, collection_slugs: Collection[str] | None = None
) -> int:
    """How many acknowledgements of open recalls are late."""
    rows = _late(at)
    if collection_slugs is not None:
        documents = _documents_in(collection_slugs)
        rows = rows.filter(recall__document_id__in=documents)
    return rows.count()


def target_of_recall(view: RecallView) -> Target:
    """What its answers are looked for by."""
    return Target(
        view.kind, view.version_id, frozenset(view.chunk_ids), view.section_path
    )


def deliveries(recall_id: UUID) -> list[DeliveryView]:
    """The messages of a recall, in the order they were written."""
    rows = WebhookDelivery.objects.filter(notice__recall_id=recall_id)
    return [_delivery(row) for row in rows.select_related("notice").order_by("id")]


def delivery(delivery_id: UUID) -> DeliveryView:
    """Raises DeliveryUnknown."""
    rows = WebhookDelivery.objects.select_related("notice").filter(pk=delivery_id)
    row = rows.first()
    if row is None:
        raise DeliveryUnknown
    return _delivery(row)


def _documents_in(collection_slugs: Collection[str]) -> frozenset[UUID]:
    """Of the documents that were ever called back: they are few."""
    recalled = Recall.objects.values_list("document_id", flat=True).distinct()
    return documents_within(set(recalled), collection_slugs=collection_slugs)


def _late(at: datetime) -> QuerySet[RecallNotice]:
    return RecallNotice.objects.filter(
        acknowledged_at__isnull=True, due_at__lt=at, recall__closed_at__isnull=True
    )


def _in_state(state: str, *, at: datetime) -> QuerySet[Recall]:
    wanted = {
        "open": Q(closed_at__isnull=True),
        "closed": Q(closed_at__isnull=False),
        "overdue": Q(Exists(_late(at).filter(recall_id=OuterRef("pk")))),
    }
    return Recall.objects.filter(wanted.get(state, Q()))


def _views(rows: Iterable[Recall], *, at: datetime) -> list[RecallView]:
    found = list(rows)
    notices = RecallNotice.objects.filter(recall__in=[row.pk for row in found])
    told = _told([row.pk for row in found])
    by_recall: dict[UUID, list[RecallNotice]] = {row.id: [] for row in found}
    for one in notices.order_by("app"):
        by_recall[one.recall_id].append(one)
    return [
        _view(
            row,
            tuple(
                _notice(one, row, told=told.get(one.id), at=at)
                for one in by_recall[row.id]
            ),
        )
        for row in found
    ]


def _told(recall_ids: list[UUID]) -> dict[UUID, DeliveryState]:
    """By notice how far its opening message is: the best of its addresses."""
    order = (DeliveryState.DEAD, DeliveryState.PENDING, DeliveryState.DELIVERED)
    rows = WebhookDelivery.objects.filter(
        notice__recall__in=recall_ids, event="recall.opened"
    )
    found: dict[UUID, DeliveryState] = {}
    for notice_id, state in rows.values_list("notice_id", "state"):
        known = found.get(notice_id, order[0])
        found[notice_id] = max(known, DeliveryState(state), key=order.index)
    return found


def _notice(
    row: RecallNotice, of: Recall, *, told: DeliveryState | None, at: datetime
) -> NoticeView:
    late = row.acknowledged_at is None and row.due_at < at
    return NoticeView(
        id=row.id,
        recall_id=of.id,
        app=row.app,
        answers=row.answers,
        due_at=row.due_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_by_name=row.acknowledged_by_name,
        acknowledged_at=row.acknowledged_at,
        is_overdue=late and of.closed_at is None,
        told=told,
    )


def _view(row: Recall, notices: tuple[NoticeView, ...]) -> RecallView:
    return RecallView(
        id=row.id,
        kind=TargetKind(row.kind),
        document_id=row.document_id,
        version_id=row.version_id,
        section_path=tuple(row.section_path),
        chunk_ids=tuple(row.chunk_ids),
        reach=Reach(row.reach),
        severity=Severity(row.severity),
        reason=row.reason,
        answers=row.answers,
        answers_sha256=row.answers_sha256,
        opened_by=row.opened_by,
        opened_by_name=row.opened_by_name,
        opened_at=row.opened_at,
        opened_entry_id=row.opened_entry_id,
        due_at=row.due_at,
        closed_by_name=row.closed_by_name,
        closed_at=row.closed_at,
        closed_entry_id=row.closed_entry_id,
        closing_note=row.closing_note,
        notices=notices,
    )


def _delivery(row: WebhookDelivery) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        recall_id=row.notice.recall_id,
        endpoint_id=row.endpoint_id,
        app=row.notice.app,
        event=row.event,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        last_status=row.last_status,
        failure_code=row.failure_code,
        ended_at=row.ended_at,
    )
