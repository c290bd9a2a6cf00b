"""Digests a log's bundles in order, by several processes if that is wanted.

What travels between processes is a root and a few facts, never a bundle's entries.
"""

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from audit.offline.canonical import read_entry
from audit.offline.entries import Fact, read_facts
from audit.offline.problems import Rejected
from audit.offline.walk import Bundle, Log, read_checked_bundle

LOG_EVENT: Final = b'"type":"log.'
_TOGETHER: Final = 8
_FEW: Final = 64


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
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap(digest, log.widths(), chunksize=_TOGETHER)
