"""What whoever owns the database can make of the past: a log that fits together again."""

from collections.abc import Sequence
from typing import Any

import psycopg

from audit.models import Entry
from audit.signing.desk import SigningDesk
from tests.integration.audit.conftest import Ledger
from tests.integration.audit.many import fill_inbox

MANY = 300
SEALED = "Is 5 mg too much for Erika Mustermann?"


def filled(log: Ledger, count: int = MANY) -> str:
    """A log with a full tile and with sealed questions, signed; the checkpoint."""
    fill_inbox(count - 2)
    log.append(question="first " + SEALED)
    log.append(question="second " + SEALED)
    log.sign()
    return newest_note(log)


def newest_note(log: Ledger) -> str:
    state = log.files.read_state()
    assert state is not None
    return state.note


def bodies() -> list[bytes]:
    rows = Entry.objects.order_by("index").values_list("body", flat=True)
    return [bytes(body) for body in rows]


def sealed_indices() -> list[int]:
    return list(
        Entry.objects.filter(type="collection.created")
        .order_by("index")
        .values_list("index", flat=True)
    )


def rewrite(
    superuser: psycopg.Connection, log: Ledger, leaves: Sequence[bytes]
) -> None:
    """Empty the log and write another one, with all hashes, tiles and columns anew.

    The attacker has no need to understand trees: the sequencer builds them.
    """
    for table in ("entry", "tile", "head", "checkpoint", "shard", "alarm"):
        superuser.execute(f"DELETE FROM audit_{table}".encode())
    for body in leaves:
        superuser.execute(
            "INSERT INTO audit_inboxentry (entry_id, body, leaf_hash) VALUES ("
            " (convert_from(%(body)s::bytea, 'UTF8')::jsonb ->> 'id')::uuid,"
            " %(body)s, sha256('\\x00'::bytea || %(body)s::bytea))",
            {"body": body},
        )
    superuser.execute(
        "DELETE FROM audit_payload WHERE NOT EXISTS (SELECT FROM audit_inboxentry"
        " WHERE audit_inboxentry.entry_id = audit_payload.entry_id)"
    )
    log.sequence()


def edited(leaves: Sequence[bytes], index: int, old: bytes, new: bytes) -> list[bytes]:
    changed = list(leaves)
    assert old in changed[index]
    changed[index] = changed[index].replace(old, new)
    return changed


def sign_as_thief(log: Ledger) -> str:
    """With the log's key and the signer's disk: forget all, sign what is there now."""
    log.files.state_path.unlink()
    SigningDesk(log.files).sign_new(at=log.tick())
    return newest_note(log)


def layers(report: Any) -> set[str]:
    return {failure.layer for failure in report.failures}


def places(report: Any, layer: str) -> list[int | None]:
    return [failure.index for failure in report.failures if failure.layer == layer]
