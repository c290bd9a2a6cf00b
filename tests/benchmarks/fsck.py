"""How fast a log is read again by the offline verifier, and in how much memory.

The limit is the hashing alone: SHA-256 of each entry and of each inner node, in one
process, without reading, parsing or comparing. Entries have 700 bytes.
"""

import resource
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from audit.offline.fsck import Task, fsck
from audit.offline.keys import read_vkey
from audit.offline.sources import FolderSource
from audit.offline.tiles import WIDTH, tile_name
from tests.benchmarks.harness import interleave, report
from tests.unit.audit.folder_logs import Key, b64, note, pack

LEAVES = 102_400
SIZE = 700
ROUNDS = 3


def entry(number: int) -> bytes:
    return b"%0*d" % (SIZE, number)


def row_above(row: list[bytes]) -> list[bytes]:
    pairs = zip(row[::2], row[1::2], strict=True)
    return [sha256(b"\x01" + left + right).digest() for left, right in pairs]


def perfect(row: list[bytes]) -> bytes:
    while len(row) > 1:
        row = row_above(row)
    return row[0]


def write_log(folder: Path, bundles: int, key: Key) -> None:
    """Full bundles only; written as it goes, so that a long log fits in memory."""
    rows: list[list[bytes]] = [[]]

    def write(name: str, data: bytes) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def grow(level: int, number: int, hashes: list[bytes]) -> None:
        write(tile_name(level, number, len(hashes)), b"".join(hashes))

    for number in range(bundles):
        entries = [entry(number * WIDTH + at) for at in range(WIDTH)]
        write(tile_name("entries", number), pack(entries))
        leaves = [sha256(b"\x00" + data).digest() for data in entries]
        grow(0, number, leaves)
        rows[0].append(perfect(leaves))
    level, roots = 1, rows[0]
    while roots:
        groups = [roots[at : at + WIDTH] for at in range(0, len(roots), WIDTH)]
        for number, group in enumerate(groups):
            grow(level, number, group)
        roots = [perfect(group) for group in groups if len(group) == WIDTH]
        level += 1
    text = f"{key.name}\n{bundles * WIDTH}\n{b64(mth(rows[0]))}\n"
    write("checkpoint", note(text, key).encode())


def mth(roots: list[bytes]) -> bytes:
    if len(roots) == 1:
        return roots[0]
    half = 1 << ((len(roots) - 1).bit_length() - 1)
    left, right = mth(roots[:half]), mth(roots[half:])
    return sha256(b"\x01" + left + right).digest()


def hash_alone() -> None:
    entries = [entry(at) for at in range(WIDTH)]
    for _ in range(LEAVES // WIDTH):
        perfect([sha256(b"\x00" + data).digest() for data in entries])


def peak_memory(folder: Path, vkey: str) -> float:
    """Megabytes of a process of its own that reads the log."""
    command = [sys.executable, "-m", "tests.benchmarks.fsck", str(folder), vkey]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    key = Key("bench.test/log")
    public = read_vkey(key.vkey)
    with tempfile.TemporaryDirectory(prefix="clinrag-bench-") as scratch:
        folder = Path(scratch, "log")
        write_log(folder, LEAVES // WIDTH, key)
        source = FolderSource(folder)
        measured = interleave(
            {
                "hashing alone": hash_alone,
                "fsck": lambda: fsck(Task(source, public)),
                "fsck, 2 processes": lambda: fsck(Task(source, public, jobs=2)),
            },
            rounds=ROUNDS,
        )
        title = f"Reading a log of {LEAVES:,} entries of {SIZE} bytes again"
        report(title, measured, unit="leaves", per_round=LEAVES)
        print("\nPeak memory of reading a log again")
        for bundles in (40, 400, 3907):
            folder = Path(scratch, str(bundles))
            write_log(folder, bundles, key)
            found = peak_memory(folder, key.vkey)
            print(f"  {bundles * WIDTH:>9,} entries {found:>34.1f} MB")


def measure_one(folder: str, vkey: str) -> None:
    fsck(Task(FolderSource(Path(folder)), read_vkey(vkey)))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    measure_one(*sys.argv[1:])
