"""What runs again and again, and how often, in seconds.

Promises: every task named here may run late, twice or not at all without harm. An entry
that expires does so within its own interval, so that a busy worker finds no heap of it.
"""

from collections.abc import Mapping
from typing import Any, Final

BEAT_SCHEDULE: Final[Mapping[str, Mapping[str, Any]]] = {
    "purge-idempotency-records": {
        "task": "clinrag.access.tasks.purge_idempotency_records",
        "schedule": 600.0,
    },
    "resume-stalled-exports": {
        "task": "audit.tasks.resume_stalled_exports",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "remove-expired-exports": {
        "task": "audit.tasks.remove_expired_exports",
        "schedule": 3600.0,
    },
    "keep-custody": {
        "task": "audit.tasks.keep_custody",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "close-lost-answers": {
        "task": "clinrag.answering.tasks.sweep_lost_answers",
        "schedule": 60.0,
    },
    "resume-foresight": {
        "task": "clinrag.answering.tasks.resume_foresight",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "deliver-webhooks": {
        "task": "clinrag.answering.tasks.deliver_webhooks",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "relay-outbox": {
        "task": "ingestion.tasks.relay_outbox",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "resume-stalled-versions": {
        "task": "ingestion.tasks.resume_stalled_versions",
        "schedule": 15.0,
        "options": {"expires": 15},  # a busy worker does not find a heap of them
    },
    "settle-versions": {
        "task": "ingestion.tasks.settle_versions",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "check-due-sources": {
        "task": "ingestion.tasks.check_due_sources",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "open-due-reminders": {
        "task": "ingestion.tasks.open_due_reminders",
        "schedule": 3600.0,  # however often the scheduler starts anew
    },
}
