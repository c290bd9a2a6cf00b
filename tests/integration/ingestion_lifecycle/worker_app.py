"""The project's worker with a reader and an embedder as slow or deadly as asked.

`SLOW_READER` and `SLOW_EMBEDDER` are seconds before each file and each batch; with
`DEADLY_READER` the file kills the process that reads it, with `DEADLY_BUILDER` a text
the one that builds it into another index.
"""

import os
import signal
import time
from datetime import timedelta

from celery.signals import worker_process_init

from clinrag.celery import app

__all__ = ["app"]


@worker_process_init.connect
def change(**_: object) -> None:
    from ingestion.actions import builds, parts, stages

    read, get_embedder = stages.parse, stages.get_embedder

    def slow_reader(*arguments: object, **options: object) -> object:
        if "DEADLY_READER" in os.environ:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(float(os.environ.get("SLOW_READER", "0")))
        return read(*arguments, **options)

    class SlowEmbedder:
        def __init__(self) -> None:
            self._inner = get_embedder()

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        def embed_passages(self, texts: list[str]) -> list[list[float]]:
            time.sleep(float(os.environ.get("SLOW_EMBEDDER", "0")))
            return self._inner.embed_passages(texts)

    def deadly_builder(*_arguments: object, **_options: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if "DEADLY_BUILDER" in os.environ:
        builds.embed_cut = deadly_builder
    stages.parse = slow_reader
    stages.get_embedder = parts.get_embedder = SlowEmbedder
    set_times()


def set_times() -> None:
    from ingestion import tasks
    from ingestion.actions import leases

    for module, name, as_given in (
        (leases, "LEASE_SECONDS", float),
        (tasks, "LOST_AFTER", lambda text: timedelta(seconds=float(text))),
        (tasks, "WAITED_LONG", lambda text: timedelta(seconds=float(text))),
    ):
        if name in os.environ:
            setattr(module, name, as_given(os.environ[name]))
