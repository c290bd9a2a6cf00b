"""What takes long keeps nothing short waiting, and no queue is without a worker."""

import re
from pathlib import Path

from django.conf import settings

from clinrag.celery import app
from clinrag.local.stack import QUEUES
from ingestion import tasks

RUNBOOK = Path(__file__).resolve().parents[2] / "deploy" / "README.md"
SLOW = {
    "audit.tasks.build_export",
    "audit.tasks.prune_block",
    "audit.tasks.run_verification",
    "clinrag.answering.tasks.foresee",
}


def routed() -> dict[str, str]:
    app.loader.import_default_modules()
    ours = [name for name in app.tasks if not name.startswith("celery.")]
    return {name: queue_of(name) for name in ours}


def queue_of(task: str) -> str:
    name: str = app.amqp.router.route({}, task)["queue"].name
    return name


def used() -> set[str]:
    posted = {tasks.PARSE_QUEUE, tasks.OCR_QUEUE, tasks.EMBED_QUEUE}
    return set(routed().values()) | posted


def test_what_takes_long_has_a_queue_of_its_own() -> None:
    slow = {name for name, queue in routed().items() if queue == "ledger.slow"}

    assert slow == SLOW


def test_looks_at_sources_wait_behind_no_file() -> None:
    looks = {name for name, queue in routed().items() if queue == "ingest.watch"}

    assert looks == {tasks.check_source.name}


def test_each_route_is_of_a_task_that_there_is() -> None:
    assert set(settings.CELERY_TASK_ROUTES) <= set(routed())


def test_each_queue_has_a_worker_on_one_machine_and_in_the_runbook() -> None:
    told = RUNBOOK.read_text(encoding="utf-8")
    workers = re.findall(
        r"^\| [^|]+\| `celery [^`]*--queues ([\w.,]+)", told, re.MULTILINE
    )
    explained = re.findall(r"^\| `([\w.]+)` \|", told, re.MULTILINE)

    assert used() == set(QUEUES.split(","))
    assert used() == set(",".join(workers).split(","))
    assert used() <= set(explained)
