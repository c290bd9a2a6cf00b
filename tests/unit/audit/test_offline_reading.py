"""A log's bundles are digested alike by one process and by several."""

import os
from dataclasses import replace
from hashlib import sha256

import pytest

from audit.offline.problems import Malformed, Missing, Problem, Unreadable
from audit.offline.reading import digests
from audit.offline.walk import Log
from tests.unit.audit.folder_logs import entry, pack, path_of

ENTRY = entry(0)
ABOUT_LOG = entry(1, type="log.opened")
MANY = 64 * 256
"""So many entries are worth more than one process."""


class Repeated:
    """A log of any length whose bundles are all the same; notes which process reads."""

    def __init__(self, folder):
        self.folder = folder
        entries = [ENTRY] * 255 + [ABOUT_LOG]
        self.hashes = [sha256(b"\x00" + one).digest() for one in entries]
        self.entries = entries
        self.spoiled, self.refusal = None, Missing("missing", code="missing")

    def read(self, name, *, limit):
        (self.folder / str(os.getpid())).touch()
        width = int(name.rpartition(".p/")[2]) if ".p/" in name else 256
        if name.startswith("tile/0/"):
            return b"".join(self.hashes[:width])
        if name == self.spoiled:
            raise self.refusal
        return pack(self.entries[:width])

    def readers(self):
        return {int(path.name) for path in self.folder.iterdir()}


@pytest.fixture
def repeated(tmp_path):
    return Repeated(tmp_path)


@pytest.mark.parametrize(
    ("size", "jobs", "wants"),
    [(MANY, 2, True), (MANY, 3, False), (MANY + 1, 2, False), (MANY + 300, 3, False)],
)
def test_a_long_log_is_digested_by_as_many_processes_as_are_wanted(
    repeated, size, jobs, wants
):
    log = Log(repeated, size)
    several = list(digests(log, wants_entries=wants, jobs=jobs))
    assert os.getpid() not in repeated.readers()
    assert 1 <= len(repeated.readers()) <= jobs
    assert several == list(digests(log, wants_entries=wants, jobs=1))
    assert os.getpid() in repeated.readers()
    assert [one.bundle.number for one in several] == list(range(len(several)))
    assert sum(one.bundle.width for one in several) == size
    assert sum(len(one.facts) for one in several) == size * wants
    assert several[3].about_log == ((3 * 256 + 255, ABOUT_LOG),)


@pytest.mark.parametrize(("size", "jobs"), [(MANY - 1, 2), (MANY, 1), (300, 64)])
def test_one_process_does_when_no_more_are_wanted_or_the_log_is_short(
    repeated, size, jobs
):
    found = list(digests(Log(repeated, size), wants_entries=False, jobs=jobs))
    assert len(found) == (size + 255) // 256
    assert repeated.readers() == {os.getpid()}


def test_one_process_does_where_none_can_be_forked(repeated, monkeypatch):
    monkeypatch.setattr(
        "audit.offline.reading.multiprocessing.get_all_start_methods", lambda: ["spawn"]
    )
    assert len(list(digests(Log(repeated, MANY), wants_entries=False, jobs=2))) == 64
    assert repeated.readers() == {os.getpid()}


@pytest.mark.parametrize(
    ("kind", "code", "known"),
    [(Missing, "missing", "bundle_missing"), (Unreadable, "slow", "slow"),
     (Malformed, "too_large", "too_large")],
)  # fmt: skip
@pytest.mark.parametrize("jobs", [1, 2])
def test_the_first_bundle_that_is_wrong_ends_the_reading(
    repeated, kind, code, known, jobs
):
    repeated.spoiled = path_of("entries", 40)
    repeated.refusal = kind("a sentence", code=code)
    long = Log(repeated, 20 * MANY)
    with pytest.raises(Problem, match=r"^a sentence$") as refusal:
        list(digests(long, wants_entries=False, jobs=jobs))
    problem = refusal.value
    told = problem.code, problem.layer, problem.index
    assert told == (known, "bundle", 40 * 256)


def test_of_a_bundle_that_was_pruned_its_tile_is_taken(repeated):
    repeated.spoiled = path_of("entries", 1)
    log = Log(repeated, 600, first_kept=512)
    found = [one.bundle for one in digests(log, wants_entries=True, jobs=1)]
    assert [one.held for one in found] == [256, 0, 88]
    assert found[1].root == found[0].root
    with pytest.raises(Problem) as refusal:
        list(digests(replace(log, first_kept=511), wants_entries=True, jobs=1))
    assert (refusal.value.code, refusal.value.index) == ("bundle_missing", 256)
