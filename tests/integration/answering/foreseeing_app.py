"""The project's worker, which stands still in a step of a report, to be killed there.

`STOP_AT` names the step; `STOPPED` is a file that then holds the id of the process that
does the work. It stands still once. `LEASE` are the seconds a step is somebody's.
"""

import os
import time
from datetime import timedelta
from pathlib import Path

from celery.signals import worker_process_init

from clinrag.celery import app

__all__ = ["app"]


@worker_process_init.connect
def change(**_: object) -> None:
    from clinrag.answering.foresight import reports

    reports.LEASE = timedelta(seconds=float(os.environ["LEASE"]))
    step = os.environ.get("STOP_AT")
    if step is None:
        return
    inner, mark = getattr(reports, step), Path(os.environ["STOPPED"])

    def standing_still(*arguments: object, **options: object) -> object:
        if not mark.exists():
            mark.write_text(str(os.getpid()))
            time.sleep(600)
        return inner(*arguments, **options)

    setattr(reports, step, standing_still)
