"""Evidence packages: how fast, in how much memory, and how long a stranger checks them.

Each package is built in a process of its own, whose memory is looked at after a small
package was built (libraries, connections, fonts) and again after the large one: what is
told is the growth. A package that streams grows by as much for ten thousand entries as
for one thousand.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from tests.benchmarks.harness import running_stack

ANSWERS = 2_500  # two entries each, both with sealed content
PLAIN = 5_000
SMALL, LARGE = 1_000, 10_000
TEXT = "Is aspirin allowed together with what she takes already? " * 10


def main() -> None:
    with running_stack(processes=True):
        write_entries()
        vkey = wait_for_signature(2 * ANSWERS + PLAIN)
        print(f"\nEvidence packages of a log of {2 * ANSWERS + PLAIN} entries")
        for content in ("none", "disclosed"):
            small, large = (measure(size, content) for size in (SMALL, LARGE))
            rate = LARGE / large["seconds"]
            print(
                f"  {content:<11} {LARGE:,} entries in {large['seconds']:6.1f} s"
                f" ({rate:5.0f}/s), {large['bytes'] / 1e6:5.1f} MB;"
                f" memory grew by {large['grown']:.1f} MB,"
                f" for {SMALL:,} entries by {small['grown']:.1f} MB"
            )
        print(f"  verifier: {LARGE:,} entries in {verify(large['file'], vkey):.1f} s")


def write_entries() -> None:
    from django.db import transaction

    from audit import ledger
    from audit.actors import Actor, ActorKind
    from tests.unit.audit.examples import EXAMPLES

    created = next(one for one in EXAMPLES if one.type == "collection.created")
    by = Actor(ActorKind.APP, "key:1", "Benchmark", "api_key")
    for start in range(0, ANSWERS, 50):
        with transaction.atomic():
            for _ in range(start, min(start + 50, ANSWERS)):
                write_answer(by)
                for _ in range(PLAIN // ANSWERS):
                    ledger.append(created, by=by, at=datetime.now(UTC))


def write_answer(by: object) -> None:
    from audit import ledger
    from audit.events import AnswerReleased, QueryReceived

    answer_id, at = str(uuid4()), datetime.now(UTC)
    asked = ledger.append(
        QueryReceived(
            answer_id=answer_id,
            app="ward",
            purpose="treatment",
            collections=("cardiology",),
            as_of=at.isoformat(),
            policy="default/1",
        ),
        by=by,
        at=at,
        sealed={"question": TEXT},
    )
    ended = AnswerReleased(
        query_entry_id=str(asked.entry_id),
        answer_id=answer_id,
        outcome="answered",
        template="answer/1",
        template_sha256="cd" * 32,
        model="extractive/1",
        policy="default/1",
    )
    ledger.append(ended, by=by, at=at, sealed={"answer": TEXT})


def wait_for_signature(size: int) -> str:
    from audit import queries
    from audit.signing.public_key import log_vkey

    deadline = time.monotonic() + 120
    while queries.ledger_state().signed_size < size:
        if time.monotonic() > deadline:
            raise TimeoutError("the log was not signed in time")
        time.sleep(0.5)
    return log_vkey() or ""


def measure(entries: int, content: str) -> dict:
    code = f"from tests.benchmarks.export import build; build({entries}, {content!r})"
    # What goes wrong in the child is told by the child.
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def build(entries: int, content: str) -> None:
    """In a process of its own: a small package, then the one that is measured."""
    import django

    django.setup()
    folder = Path(tempfile.mkdtemp(dir=os.environ["CLINRAG_DATA_DIR"]))
    package(folder, 100, content)
    before = peak()
    began = time.perf_counter()
    file = package(folder, entries, content)
    told = {
        "seconds": time.perf_counter() - began,
        "grown": peak() - before,
        "bytes": file.stat().st_size,
        "file": str(file),
    }
    print(json.dumps(told))


def package(folder: Path, entries: int, content: str) -> Path:
    from audit.actors import Actor, ActorKind
    from audit.custody import authorizations
    from audit.exports import records
    from audit.exports.building import Workshop, build_slice
    from audit.exports.records import State
    from clinrag.privacy.identifiers import mask

    ada, bob = (
        Actor(ActorKind.PERSON, f"user:{number}", name, "session")
        for number, name in ((1, "Ada"), (2, "Bob"))
    )
    at = datetime.now(UTC)
    asked = records.request(
        "entries",
        scope={"first": "0", "last": str(entries - 1)},
        content=content,
        reason="benchmark",
        by=ada,
        at=at,
    )
    authorizations.approve(asked.authorization.id, by=bob, at=at + timedelta(seconds=1))
    records.start(asked.id, by=ada, at=at + timedelta(seconds=2))
    workshop = Workshop(folder, mask, "bench")
    while (
        build_slice(asked.id, workshop, at=datetime.now(UTC), at_most=1_000)
        is State.BUILDING
    ):
        pass
    done = records.by_id(asked.id)
    if done.state is not State.BUILT:
        raise RuntimeError(done.failure_code)
    return workshop.file(asked.id)


def peak() -> float:
    """The most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def verify(file: str, vkey: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "audit.offline", "export", file, "--vkey", vkey],
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began
