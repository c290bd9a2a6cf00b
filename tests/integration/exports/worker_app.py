"""The project's worker, which stops for good where it is told to, to be killed there.

`STOP_AT` is a step and the number of its call; `STOPPED` is a file that appears when
the worker stands still. `LOST_AFTER` are the seconds after which a package is lost.
"""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.signals import worker_process_init

from clinrag.celery import app

__all__ = ["app"]


@worker_process_init.connect
def change(**_: object) -> None:
    from audit import tasks
    from audit.exports import closing, records, selecting

    tasks.LOST_AFTER = timedelta(seconds=float(os.environ["LOST_AFTER"]))
    if "STOP_AT" not in os.environ:
        return
    step, _, call = os.environ["STOP_AT"].partition(":")
    module: Any = {"page": selecting, "close": closing, "finish": records}[step]
    setattr(module, step, _stopping(getattr(module, step), int(call)))


def _stopping(inner: Callable[..., Any], call: int) -> Callable[..., Any]:
    calls = 0

    def stopping(*arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        mark = Path(os.environ["STOPPED"])
        if calls == call and not mark.exists():
            mark.touch()
            time.sleep(600)
        return inner(*arguments, **options)

    return stopping
