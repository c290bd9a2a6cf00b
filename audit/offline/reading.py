"""Digests a log's bundles in order, by several processes if that is wanted.

What travels between processes is a root and a few facts, never a bundle's entries.
"""

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final

from audit.offline.canonical import read_entry
from audit.offline.entries import Fact, read_facts
from audit.offline.problems import Rejected
from audit.offline.walk import Bundle, Log, read_checked_bundle

LOG_EVENT: Final = b'"type":"log.'
_TOGETHER: Final = 8
_FEW: Final = 64
_AHEAD: Final = 4


@dataclass(frozen=True, slots=True)
class Digest:
    """A checked bundle: its hashes, its facts, and its entries about the log itself."""

    bundle: Bundle
    facts: tuple[Fact, ...]
    about_log: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Digester:
    """Reads one bundle after another; the same in any process."""

    log: Log
    wants_entries: bool

    def __call__(self, place: tuple[int, int]) -> Digest:
        number, width = place
        bundle, data = read_checked_bundle(self.log, number, width)
        about_log: tuple[tuple[int, bytes], ...] = ()
        if LOG_EVENT in data:
            about_log = tuple(_about_log(bundle.entries(data), bundle.first))
        facts: list[Fact] = []
        if self.wants_entries and data:
            facts = read_facts(bundle.entries(data), bundle.first)
        return Digest(bundle, tuple(facts), about_log)


def _about_log(entries: list[bytes], first: int) -> Iterator[tuple[int, bytes]]:
    for at, data in enumerate(entries):
        if LOG_EVENT in data and _is_about_log(data):
            yield first + at, data


def _is_about_log(data: bytes) -> bool:
    try:
        return bool(read_entry(data)["type"].startswith("log."))
    except Rejected:
        return False


def digests(log: Log, *, wants_entries: bool, jobs: int) -> Iterator[Digest]:
    """Every bundle's digest, in order; raises the first Problem."""
    digest = Digester(log, wants_entries)
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    if jobs < 2 or not can_fork or log.size < _FEW * 256:  # noqa: PLR2004
        yield from map(digest, log.widths())
        return
    yield from _shared_out(digest, log.widths(), jobs)


def _shared_out(
    digest: Digester, widths: Iterable[tuple[int, int]], jobs: int
) -> Iterator[Digest]:
    """By processes, in order, each some bundles ahead and no more.

    Whoever stops early, at the first Problem say, waits for what is begun alone.
    """
    fork = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(jobs, mp_context=fork)
    begun: deque[Future[list[Digest]]] = deque()
    try:
        for some in _batches(widths):
            begun.append(pool.submit(_digest_all, digest, some))
            if len(begun) > _AHEAD * jobs:
                yield from begun.popleft().result()
        while begun:
            yield from begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _batches(widths: Iterable[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    rest = iter(widths)
    while some := list(islice(rest, _TOGETHER)):
        yield some


def _digest_all(digest: Digester, some: list[tuple[int, int]]) -> list[Digest]:
    return [digest(one) for one in some]
