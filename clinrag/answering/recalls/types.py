"""The values of recalls. Promises: frozen, complete, free of Django."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinrag.answering.reach import DeliveryState, Reach, Severity, TargetKind


@dataclass(frozen=True, slots=True)
class NoticeView:
    """What a recall asks of one app; `is_overdue` at the moment it was looked at.

    `is_overdue` means not acknowledged in time while the recall was open.
    """

    id: UUID
    recall_id: UUID
    app: str
    answers: int
    due_at: datetime
    acknowledged_by: str
    acknowledged_by_name: str
    acknowledged_at: datetime | None
    is_overdue: bool
    told: DeliveryState | None


@dataclass(frozen=True, slots=True)
class RecallView:
    """A recall as it stands; `answers` is their number when it was opened."""

    id: UUID
    kind: TargetKind
    document_id: UUID
    version_id: UUID
    section_path: tuple[str, ...]
    chunk_ids: tuple[UUID, ...]
    reach: Reach
    severity: Severity
    reason: str
    answers: int
    answers_sha256: str
    opened_by: str
    opened_by_name: str
    opened_at: datetime
    opened_entry_id: UUID
    due_at: datetime
    closed_by_name: str
    closed_at: datetime | None
    closed_entry_id: UUID | None
    closing_note: str
    notices: tuple[NoticeView, ...]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def overdue(self) -> int:
        return sum(one.is_overdue for one in self.notices)

    @property
    def outstanding(self) -> int:
        return sum(one.acknowledged_at is None for one in self.notices)


@dataclass(frozen=True, slots=True)
class RecallPage:
    """Part of the list of recalls and the cursor that continues it."""

    rows: tuple[RecallView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class EndpointView:
    """Where an app is told; never its secret."""

    id: UUID
    app: str
    url: str
    registered_by_name: str
    registered_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint with its secret, for who registered it; kept sealed."""

    view: EndpointView
    secret: str

    @property
    def id(self) -> UUID:
        return self.view.id


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A message and how sending it goes; `failure_code` of the last attempt."""

    id: UUID
    recall_id: UUID
    endpoint_id: UUID
    app: str
    event: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    last_status: int | None
    failure_code: str
    ended_at: datetime | None
