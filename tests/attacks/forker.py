"""Starts real processes quickly: Django is loaded once, and each process is a fork.

Reads one JSON object a line and answers each with one. `start` forks a process that
does a `work`, `wait` waits for its end. A process dies with the forker, whatever ends
that; it has opened no connection before the fork, so it shares none.

Usage: python -m tests.attacks.forker
"""

import ctypes
import json
import os
import random
import signal
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import Error, connections, transaction  # noqa: E402

from audit import ledger, verification  # noqa: E402, F401 - loaded before the fork
from audit.actors import Actor, ActorKind  # noqa: E402
from audit.errors import AuditError  # noqa: E402
from audit.events import AnswerLost, CollectionCreated, QueryReceived  # noqa: E402
from audit.sequencing import sequencer  # noqa: E402, F401
from audit.signing import desk  # noqa: E402, F401
from clinrag.answering.sweeping import close_lost_answers  # noqa: E402
from clinrag.answering.tasks import SWEEPER  # noqa: E402
from ingestion.models import Collection  # noqa: E402

PR_SET_PDEATHSIG = 1
WRITER = Actor(ActorKind.SYSTEM, "task:writer", "writer", "task")


class RolledBack(Exception):
    """Thrown into a transaction, which then never happened."""


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        reply = {"start": start, "wait": wait}[order.pop("do")](**order)
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


def start(*, log: str, work: str, **options: Any) -> dict[str, int]:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return {"pid": pid}
    code = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        code = _work(log, work, **options)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - a fork may not return into the parent's loop
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait(*, pid: int) -> dict[str, int]:
    _, status = os.waitpid(pid, 0)
    return {"code": os.waitstatus_to_exitcode(status)}


def _work(
    log: str, work: str, *, databases: dict[str, str], known: dict[str, str], given: Any
) -> int:
    _write_to(log)
    random.seed(os.getpid() ^ time.monotonic_ns())
    for alias, name in databases.items():
        connections.databases[alias]["NAME"] = name
    for name, value in known.items():
        setattr(settings, name, Path(value) if value.startswith("/") else value)
    if work == "manage":
        call_command(*given)
    elif work == "sweep":
        sweep()
    else:
        write(**given)
    return 0


def sweep() -> None:
    """End the questions of writers that were killed, as the application's task does."""
    at = datetime.now(UTC)
    while close_lost_answers(before=at, by=SWEEPER, at=at):
        pass


def _write_to(log: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(file, 1)
    os.dup2(file, 2)


def write(
    *,
    told: str,
    count: int | None = None,
    roll_back: float = 0.2,
    linger: float = 0.0,
    pause: float = 0.0,
) -> None:
    """Append in transactions, and tell in a file what was tried and what became of it.

    A line is told only after the commit, as an answer leaves only then. `linger`
    waits, for so many seconds, between the entry and the commit; without it every
    fourth is a whole question, with sealed content.
    """
    tell = _teller(told)
    done = 0
    while count is None or done < count:
        done += 1
        slug = f"w{os.getpid()}-{time.monotonic_ns()}"
        tell("tried", slug)
        try:
            if done % 4 or linger:
                _write_one(slug, tell, roll_back=roll_back, linger=linger)
            else:
                _ask_one(slug, tell, roll_back=roll_back)
        except RolledBack:
            tell("rolled-back", slug)
        except (AuditError, Error):
            tell("unknown", slug)
            for connection in connections.all():
                connection.close()
            time.sleep(0.02)
        time.sleep(pause)


def _write_one(slug: str, tell: Any, *, roll_back: float, linger: float) -> None:
    """A row of the domain and its entry."""
    at = datetime.now(UTC)
    with transaction.atomic():
        row = Collection.objects.create(
            slug=slug, name=slug, specialty="x", language="en", audience="everyone",
            created_at=at,
        )  # fmt: skip
        receipt = ledger.append(_created(row), by=WRITER, at=at)
        time.sleep(linger)
        if random.random() < roll_back:
            raise RolledBack
    tell("kept", slug, str(receipt.entry_id), receipt.leaf_hash.hex())


def _ask_one(slug: str, tell: Any, *, roll_back: float) -> None:
    at, answer_id = datetime.now(UTC), str(uuid4())
    question = QueryReceived(
        answer_id=answer_id, app="ward", purpose="treatment", collections=("pain",),
        as_of=at.isoformat(), policy="default/1",
    )  # fmt: skip
    with transaction.atomic():
        asked = ledger.append(question, by=WRITER, at=at, sealed={"question": slug})
    tell("kept", slug, str(asked.entry_id), asked.leaf_hash.hex())
    ended = AnswerLost(query_entry_id=str(asked.entry_id), answer_id=answer_id)
    with transaction.atomic():
        end = ledger.append(ended, by=WRITER, at=at)
        if random.random() < roll_back:
            raise RolledBack
    tell("kept", slug, str(end.entry_id), end.leaf_hash.hex())


def _created(row: Collection) -> CollectionCreated:
    return CollectionCreated(
        collection_id=str(row.pk), slug=row.slug, name=row.name,
        specialty=row.specialty, language=row.language, audience=row.audience,
    )  # fmt: skip


def _teller(told: str) -> Any:
    file = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def tell(*words: str) -> None:
        os.write(file, (" ".join(words) + "\n").encode())

    return tell


if __name__ == "__main__":
    main()
