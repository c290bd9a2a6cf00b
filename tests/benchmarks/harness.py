"""Servers with durable commits, interleaved timing, and a table of ratios."""

import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import django

from clinrag.local import databases
from clinrag.local.layout import open_data_directory
from clinrag.local.stack import Stack


@dataclass(frozen=True, slots=True)
class Measurement:
    """Seconds of each round of one contender."""

    name: str
    seconds: tuple[float, ...]

    @property
    def typical(self) -> float:
        return median(self.seconds)


def interleave(
    contenders: dict[str, Callable[[], object]], *, rounds: int
) -> list[Measurement]:
    """Run the contenders in turn, so that a noisy minute hits all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    return [Measurement(name, tuple(taken)) for name, taken in seconds.items()]


def report(
    title: str, measurements: list[Measurement], *, unit: str, per_round: int
) -> None:
    """The first contender is the limit the others are compared with."""
    print(f"\n{title}")
    limit = measurements[0].typical
    for found in measurements:
        rate = per_round / found.typical
        low, high = min(found.seconds), max(found.seconds)
        print(
            f"  {found.name:<44} {rate:>10.1f} {unit}/s"
            f"  ratio {limit / found.typical:5.2f}"
            f"  (round: {low * 1000:.1f} to {high * 1000:.1f} ms)"
        )


def machine() -> str:
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


@contextmanager
def running_stack(
    *, processes: bool = False, kept: Path | None = None
) -> Iterator[Stack]:
    """Embedded servers over an empty data directory; Django set up to use them.

    With `kept`, over that folder, which is left as it then is.
    """
    for name in [name for name in os.environ if name.startswith("CLINRAG_")]:
        del os.environ[name]
    with _folder(kept) as folder:
        Path(folder).chmod(0o755)
        data, lock = open_data_directory(Path(folder) / "data")
        Path(folder, "data").chmod(0o755)
        stack = Stack(data)
        try:
            stack.start_servers()
            stack.prepare()
            if processes:
                stack.start_processes()
            os.environ.update(stack.environment(databases.APP))
            django.setup()
            yield stack
        finally:
            stack.stop()
            lock.close()


@contextmanager
def _folder(kept: Path | None) -> Iterator[str]:
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield str(kept)
        return
    with tempfile.TemporaryDirectory(prefix="clinrag-bench-") as folder:
        yield folder
