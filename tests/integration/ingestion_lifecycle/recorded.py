"""What the ledger was given, read from its inbox."""

import json

from audit.models import InboxEntry


def recorded_types() -> list[str]:
    return [entry["type"] for entry in recorded()]


def recorded() -> list[dict]:
    rows = InboxEntry.objects.order_by("pk")
    return [json.loads(bytes(row.body)) for row in rows]
