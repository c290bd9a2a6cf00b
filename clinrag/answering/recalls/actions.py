"""Opening a recall, acknowledging it, closing it.

Promises: one transaction and one ledger entry each; a recall is opened with a notice
for each app whose answers are concerned, and a message for each of its addresses, or
not at all. The reason is sealed beside the entry. An answer that is recorded while a
recall is being opened is under recall all the same: that is computed. Will not: change
an answer, or decide who may recall.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.events import RecallAcknowledged, RecallClosed, RecallOpened
from audit.identifiers import new_id
from clinrag.answering.impact.counting import answers_by_app
from clinrag.answering.impact.queries import touched_ids
from clinrag.answering.impact.types import ImpactFilters, Target
from clinrag.answering.models import (
    Recall,
    RecallNotice,
    WebhookDelivery,
    WebhookEndpoint,
)
from clinrag.answering.models.recalls import RECALLABLE
from clinrag.answering.reach import DeliveryState, Reach, Severity
from clinrag.answering.recalls.errors import (
    NoticeAcknowledged,
    NoticeUnknown,
    RecallInvalid,
    RecallNeedsAPerson,
    RecallUnknown,
)
from clinrag.answering.recalls.errors import RecallClosed as AlreadyClosed
from ingestion.queries import version

OPENED: Final = "recall.opened"
CLOSED: Final = "recall.closed"
LONGEST_TEXT: Final = 2_000
# How long an app has to acknowledge.
TIME_ALLOWED: Mapping[Severity, timedelta] = MappingProxyType(
    {
        Severity.CRITICAL: timedelta(days=1),
        Severity.MAJOR: timedelta(days=3),
        Severity.MINOR: timedelta(days=14),
    }
)


def open_recall(
    target: Target,
    *,
    reason: str,
    severity: Severity,
    by: Actor,
    at: datetime,
    reach: Reach = Reach.IN_PROMPT,
) -> UUID:
    """Call a text back from the answers that used it up to `reach`; returns the recall.

    Raises RecallNeedsAPerson, RecallInvalid, VersionNotFound, or what the ledger does.
    """
    _check_person(by)
    _check_text(reason)
    if target.kind not in RECALLABLE:
        raise RecallInvalid
    filters = ImpactFilters(uses=reach.uses)
    with transaction.atomic():
        apps = answers_by_app(target, filters=filters)
        number, digest = _digest(touched_ids(target, filters=filters))
        recall = _draft(target, reach, severity, at=at)
        recall.reason, recall.answers, recall.answers_sha256 = reason, number, digest
        event = _opened(recall, tuple(apps))
        receipt = ledger.append(event, by=by, at=at, sealed={"reason": reason})
        recall.opened_by, recall.opened_by_name = by.id, by.name
        recall.opened_entry_id = receipt.entry_id
        Recall.objects.bulk_create([recall])
        notices = _store_notices(recall, apps)
        _store_messages(recall, notices, OPENED, at=at)
    return recall.id


def acknowledge_recall(recall_id: UUID, *, app: str, by: Actor, at: datetime) -> None:
    """Take note of a recall for an app; open or closed, but once.

    Raises NoticeUnknown, NoticeAcknowledged, or what the ledger raises.
    """
    with transaction.atomic():
        rows = RecallNotice.objects.filter(recall_id=recall_id, app=app)
        notice = rows.select_for_update().first()
        if notice is None:
            raise NoticeUnknown
        if notice.acknowledged_at is not None:
            raise NoticeAcknowledged
        event = RecallAcknowledged(
            recall_id=str(recall_id), notice_id=str(notice.id), app=app
        )
        receipt = ledger.append(event, by=by, at=at)
        rows.update(
            acknowledged_by=by.id,
            acknowledged_by_name=by.name,
            acknowledged_at=at,
            acknowledged_entry_id=receipt.entry_id,
        )


def close_recall(recall_id: UUID, *, note: str, by: Actor, at: datetime) -> None:
    """End a recall: from then on its answers are worth what their text is.

    Raises RecallUnknown, RecallClosed, RecallNeedsAPerson, RecallInvalid, or what the
    ledger raises.
    """
    _check_person(by)
    _check_text(note)
    with transaction.atomic():
        rows = Recall.objects.filter(pk=recall_id)
        recall = rows.select_for_update().first()
        if recall is None:
            raise RecallUnknown
        if recall.closed_at is not None:
            raise AlreadyClosed
        notices = list(RecallNotice.objects.filter(recall=recall))
        outstanding = sum(one.acknowledged_at is None for one in notices)
        event = RecallClosed(recall_id=str(recall_id), outstanding=outstanding)
        receipt = ledger.append(event, by=by, at=at, sealed={"note": note})
        rows.update(
            closed_by=by.id,
            closed_by_name=by.name,
            closed_at=at,
            closed_entry_id=receipt.entry_id,
            closing_note=note,
        )
        _store_messages(recall, notices, CLOSED, at=at)


def _check_person(by: Actor) -> None:
    if by.kind is not ActorKind.PERSON:
        raise RecallNeedsAPerson


def _check_text(text: str) -> None:
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise RecallInvalid


def _digest(answer_ids: Iterable[UUID]) -> tuple[int, str]:
    """How many, and the hash that `recall.opened` tells; sixteen bytes each."""
    found = sorted(one.bytes for one in answer_ids)
    digest = hashlib.sha256()
    for one in found:
        digest.update(f"{UUID(bytes=one)}\n".encode())
    return len(found), digest.hexdigest()


def _draft(target: Target, reach: Reach, severity: Severity, *, at: datetime) -> Recall:
    return Recall(
        id=new_id(at),
        kind=target.kind.value,
        document_id=version(target.version_id).document_id,
        version_id=target.version_id,
        section_path=list(target.section_path),
        chunk_ids=sorted(target.chunk_ids),
        reach=reach.value,
        severity=severity.value,
        opened_at=at,
        due_at=at + TIME_ALLOWED[severity],
    )


def _opened(recall: Recall, apps: tuple[str, ...]) -> RecallOpened:
    return RecallOpened(
        recall_id=str(recall.id),
        kind=recall.kind,
        document_id=str(recall.document_id),
        version_id=str(recall.version_id),
        chunk_ids=tuple(map(str, recall.chunk_ids)),
        reach=recall.reach,
        severity=recall.severity,
        answers=recall.answers,
        answers_sha256=recall.answers_sha256,
        apps=apps,
        due_at=recall.due_at.astimezone(UTC).isoformat(),
    )


def _store_notices(recall: Recall, apps: Mapping[str, int]) -> list[RecallNotice]:
    return RecallNotice.objects.bulk_create(
        RecallNotice(
            id=new_id(recall.opened_at),
            recall=recall,
            app=app,
            answers=answers,
            due_at=recall.due_at,
        )
        for app, answers in apps.items()
    )


def _store_messages(
    recall: Recall, notices: list[RecallNotice], event: str, *, at: datetime
) -> None:
    by_app = {one.app: one for one in notices}
    living = WebhookEndpoint.objects.filter(app__in=by_app, removed_at=None)
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            id=new_id(at),
            endpoint=endpoint,
            notice=by_app[endpoint.app],
            event=event,
            body=_body(recall, by_app[endpoint.app], event, at=at),
            created_at=at,
            state=DeliveryState.PENDING.value,
            next_attempt_at=at,
        )
        for endpoint in living
    )


def _body(recall: Recall, notice: RecallNotice, event: str, *, at: datetime) -> str:
    """Ids, counts and times; what the recall says is read over the interface."""
    data = {
        "recall_id": str(recall.id),
        "app": notice.app,
        "severity": recall.severity,
        "kind": recall.kind,
        "reach": recall.reach,
        "document_id": str(recall.document_id),
        "version_id": str(recall.version_id),
        "answers": notice.answers,
        "acknowledge_by": notice.due_at.astimezone(UTC).isoformat(),
        "recall": f"/api/v1/recalls/{recall.id}",
        "answers_list": f"/api/v1/recalls/{recall.id}/answers",
        "acknowledgement": f"/api/v1/recalls/{recall.id}/acknowledgement",
    }
    timestamp = at.astimezone(UTC).isoformat()
    return json.dumps({"type": event, "timestamp": timestamp, "data": data})
