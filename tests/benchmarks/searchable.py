"""From putting an edition in force to finding it: seconds, through the interface.

The clock runs from the start of the request that activates an approved edition until a
search over the interface names that edition.
"""

import time
from datetime import UTC, datetime
from statistics import median

from tests.benchmarks.harness import running_stack
from tests.factories.signatures import SIGNED

ROUNDS = 10
BAR_SECONDS = 2.0


def main() -> None:
    with running_stack():
        measure()


def edition(number: int, *, size: int = 40) -> str:
    parts = ["# Salt"]
    for place in range(size):
        parts += [
            f"## Part {place}",
            f"Edition {number} says in part {place}: eat less salt, {place} grams.",
        ]
    return "\n\n".join(parts)


def measure() -> None:
    from django.test import Client

    from clinrag.access.actions import issue_key
    from ingestion import actions
    from ingestion.embedding import get_embedder
    from tests.factories.ingestion import make_collection, make_document
    from tests.factories.people import AUTHOR, MANAGER, REVIEWER

    at = datetime(2026, 1, 1, tzinfo=UTC)
    collection, embedder = make_collection(), get_embedder()
    document = make_document(collection)
    _, secret = issue_key(
        name="bench", scopes=["activate", "retrieve"], collections=[collection.slug],
        by=MANAGER, at=at,
    )  # fmt: skip
    client = Client(
        SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {secret}"}
    )

    def approved(number: int, size: int = 40) -> str:
        version = actions.receive_version(
            document.id, filename=f"{number}.md", label="", by=AUTHOR, at=at,
            data=edition(number, size=size).encode(),
        )  # fmt: skip
        actions.process_version(version.id, now=lambda: at, embedder=embedder)
        actions.review_version(
            version.id,
            decision="approve",
            meaning="Read.",
            by=REVIEWER,
            at=at,
            signature=SIGNED,
        )
        return str(version.id)

    # Once before, since a process is slow at its first request whatever that is.
    client.post(
        "/api/v1/retrievals",
        {"question": "How much salt?", "collections": [collection.slug]},
        "application/json",
    )
    taken = []
    for number in range(ROUNDS):
        version_id = approved(number)
        began = time.perf_counter()
        reply = client.post(
            f"/api/v1/versions/{version_id}/activation",
            {},
            "application/json",
            headers={"If-Match": "*"},
        )
        assert reply.status_code < 300, reply.content
        while True:
            found = client.post(
                "/api/v1/retrievals",
                {"question": "How much salt?", "collections": [collection.slug]},
                "application/json",
            ).json()
            if any(one["version_id"] == version_id for one in found["passages"]):
                break
        taken.append(time.perf_counter() - began)
    print(
        f"\nIn force to searchable: median {median(taken) * 1000:.0f} ms,"
        f" longest {max(taken) * 1000:.0f} ms of {ROUNDS}, bar {BAR_SECONDS:.0f} s"
    )
