"""The words that people read in a package for the codes that programs read.

Promises one word for a code wherever a package tells it, one form for times, and that a
code without a word here is shown opened up, not left out. Codes stand beside in the
files made for programs. Not translated: a package is the same bytes for everybody.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from audit.events import EventType

# Not by strftime, which asks the process for its language.
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
# A hash or an id: no place in it to begin a new line.
_WHOLE: Final = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

TYPES: Final[Mapping[str, str]] = {
    EventType.QUERY_RECEIVED: "Question asked",
    EventType.ANSWER_RELEASED: "Answer released",
    EventType.ANSWER_REFUSED: "Answer refused by rule",
    EventType.ANSWER_FAILED: "Answer failed",
    EventType.ANSWER_LOST: "Question left without an answer, and closed",
    EventType.ANSWER_UNDELIVERED: "Client left before its answer was sent",
    EventType.MODEL_PROBED: "Model server probed",
    EventType.ANSWER_REPLAYED: "Answer run again",
    EventType.EVALUATION_RECORDED: "Evaluation recorded",
    EventType.EVALUATION_WAIVED: "Evaluation waived",
    EventType.FEEDBACK_GIVEN: "Feedback on an answer",
    EventType.ANSWER_REVIEWED: "Answer reviewed",
    EventType.REVIEW_ASSIGNED: "Review of an answer asked for",
    EventType.REVIEW_TAKEN_BACK: "Review of an answer no longer asked for",
    EventType.CLAIMS_CHECKED: "Claims checked against sources",
    EventType.ANSWER_ANNOTATED: "Clinician's words put beside an answer",
    EventType.COLLECTION_CREATED: "Collection created",
    EventType.COLLECTION_RULES_SET: "Reading rules of a collection set",
    EventType.COLLECTION_POLICY_SET: "Answering policy of a collection set",
    EventType.DOCUMENT_REGISTERED: "Document registered",
    EventType.DOCUMENT_CORRECTED: "Document described anew",
    EventType.DOCUMENT_REVIEW_DUE: "Document due to be looked through",
    EventType.DOCUMENT_LOOKED_THROUGH: "Document looked through",
    EventType.INDEX_SWITCHED: "Index of a collection replaced",
    EventType.INDEX_BUILD_STARTED: "Index of a collection begun",
    EventType.INDEX_BUILD_RETRIED: "Index of a collection tried again",
    EventType.INDEX_BUILD_ABANDONED: "Index of a collection given up",
    EventType.INDEX_VECTORS_DROPPED: "Replaced vectors deleted",
    EventType.GOLDEN_QUESTION_KEPT: "Golden question kept",
    EventType.GOLDEN_QUESTION_RETIRED: "Golden question retired",
    EventType.SOURCE_ADDED: "Source to be watched added",
    EventType.SOURCE_CHANGED: "Watching of a source changed",
    EventType.SOURCE_DRAFTED: "Draft edition from a watched source",
    EventType.SOURCE_MISSING: "A file of a watched source is missing",
    EventType.OWNER_TASK_CLOSED: "Task of a document's owner closed",
    EventType.VERSION_FORESEEN: "What an edition will do was foreseen",
    EventType.VERSION_RECEIVED: "Edition received",
    EventType.VERSION_IN_REVIEW: "Edition ready for review",
    EventType.VERSION_FAILED: "Edition failed in processing",
    EventType.VERSION_RETRIED: "Failed edition tried again",
    EventType.VERSION_REVIEWED: "Edition reviewed",
    EventType.VERSION_ACTIVATED: "Edition to come into force",
    EventType.VERSION_BEGUN: "Edition came into force",
    EventType.VERSION_SUPERSEDED: "Edition superseded",
    EventType.VERSION_EXPIRED: "Edition expired",
    EventType.VERSION_WITHDRAWN: "Edition withdrawn",
    EventType.VERSION_HELD: "Edition held for a decision",
    EventType.VERSION_HOLD_DECIDED: "Held edition decided about",
    EventType.VERSION_RELABELLED: "Edition's name corrected",
    EventType.VERSION_EMBARGOED: "Edition closed to readers for a time",
    EventType.CONTENT_DISCLOSED: "Sealed content read",
    EventType.CONTENT_BREAK_GLASS: "Answer opened in an emergency",
    EventType.BREAK_GLASS_REVIEWED: "Emergency access reviewed",
    EventType.BREAK_GLASS_OVERDUE: "Emergency access not reviewed in time",
    EventType.CONTENT_ERASED: "Sealed content erased",
    EventType.ERASURE_STOPPED: "Erasure stopped by a legal hold",
    EventType.ERASURE_CHECKED: "Erasure checked",
    EventType.KEY_ISSUED: "API key issued",
    EventType.KEY_REVOKED: "API key revoked",
    EventType.USER_CREATED: "Account created",
    EventType.COLLECTION_GRANTED: "Collection opened to a holder",
    EventType.SIGN_IN_SUCCEEDED: "Signed in",
    EventType.SIGN_IN_FAILED: "Sign-in failed",
    EventType.LOG_KEY_ROTATED: "Log's key changed",
    EventType.LOG_SHARD_OPENED: "Shard of the log opened",
    EventType.EXPORT_BUILT: "Evidence package built",
    EventType.EXPORT_FAILED: "Evidence package failed",
    EventType.EXPORT_CANCELLED: "Evidence package cancelled",
    EventType.EXPORT_DOWNLOADED: "Evidence package downloaded",
    EventType.EXPORT_REMOVED: "Evidence package's file deleted",
    EventType.AUTHORIZATION_REQUESTED: "Authorization asked for",
    EventType.AUTHORIZATION_APPROVED: "Authorization approved",
    EventType.AUTHORIZATION_REFUSED: "Authorization refused",
    EventType.AUTHORIZATION_EXECUTED: "Authorization used",
    EventType.AUTHORIZATION_EXPIRED: "Authorization expired",
    EventType.HOLD_PLACED: "Legal hold placed",
    EventType.HOLD_RELEASED: "Legal hold released",
    EventType.RETENTION_FLOOR_SET: "Retention floor set",
    EventType.BLOCK_PRUNED: "Block of entries dropped",
    EventType.SECTION_VIEWED: "Changed section marked as viewed or not",
    EventType.COMPARISON_COMMENTED: "Change commented on",
    EventType.THREAD_SETTLED: "Thread of comments settled or opened again",
    EventType.RECALL_OPENED: "Recall opened",
    EventType.RECALL_NOTIFIED: "App told of a recall",
    EventType.RECALL_UNDELIVERED: "App could not be told of a recall",
    EventType.RECALL_ACKNOWLEDGED: "Recall acknowledged",
    EventType.RECALL_CLOSED: "Recall closed",
    EventType.WEBHOOK_REGISTERED: "Webhook registered",
    EventType.WEBHOOK_REMOVED: "Webhook removed",
}
KINDS: Final[Mapping[str, str]] = {
    "answer": "One answer",
    "entries": "A range of entries",
    "period": "A stretch of time",
    "version": "An edition of a document",
    "subject": "A person",
}
SCOPES: Final[Mapping[str, str]] = {
    "answer_id": "Answer",
    "version_id": "Edition",
    "subject_id": "Person, by the id of the key",
    "first": "From entry",
    "last": "To entry",
    "since": "From",
    "until": "Until",
}
CONTENTS: Final[Mapping[str, str]] = {
    "ciphertext": "Sealed, in here as ciphertext",
    "disclosed": "Sealed, in here in the clear",
    "masked": "Sealed, in here masked",
    "erased": "Sealed, erased since",
    "pruned": "Sealed, dropped by rule since",
    "not asked for": "Sealed, left out as asked",
    "of pruned questions": "Answers whose question was dropped by rule",
}
OUTCOMES: Final[Mapping[str, str]] = {
    "answered": "answered",
    "no_evidence": "refused: no evidence",
    "not_grounded": "refused: not grounded",
    "out_of_scope": "refused: out of scope",
    "identifiers_found": "refused: it named a person",
    "injection_suspected": "refused: it read like instructions",
    "model_failed": "model failed",
    "lost": "lost",
}
ANSWERERS: Final[Mapping[str, str]] = {
    "extractive": "built-in answerer",
    "none": "nobody",
    "": "nobody",
}


def type_words(code: str) -> str:
    """What an entry of this type records."""
    return in_words(TYPES, code)


def in_words(table: Mapping[str, str], code: str) -> str:
    """The code's words; an unknown one is opened up."""
    found = table.get(code)
    return re.sub(r"[._]", " ", code) if found is None else found


def moment(at: datetime | str) -> str:
    """A time of an entry or of a request: `23 Nov 2026, 12:33:05 UTC`."""
    if not at:
        return ""
    given = datetime.fromisoformat(at) if isinstance(at, str) else at
    utc = given.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}, {utc:%H:%M:%S} UTC"


def is_whole(text: str) -> bool:
    """Whether it is a hash or an id, which is not to be broken over lines."""
    return _WHOLE.fullmatch(text) is not None
