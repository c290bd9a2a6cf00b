"""Folders of sockets that interrupted starts left behind, removed by the next start.

Promises that only a folder of ours goes: with our name for it, our owner, nothing but
PostgreSQL's files in it, where no server answers, whose process is gone, and that
nobody touched for hours. A server touches its socket every hour, so one that was killed
a moment ago, and is about to be started again over the same folder, keeps it.
"""

import os
import re
import socket
import stat
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

UNTOUCHED_SECONDS: Final = 2 * 3600
_OURS: Final = re.compile(r"\.s\.PGSQL\.\d+(\.lock)?")


def remove_stale(parent: Path, prefix: str, *, owners: Collection[int]) -> list[Path]:
    """Remove what is stale among `parent/prefix…`; which that was."""
    name = re.compile(re.escape(prefix) + r"[0-9a-f]{10}")
    found = [folder for folder in parent.iterdir() if name.fullmatch(folder.name)]
    return [folder for folder in sorted(found) if _remove(folder, owners)]


def _remove(folder: Path, owners: Collection[int]) -> bool:
    """By a descriptor, since what a path names may change; a link is not followed."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if os.fstat(opened).st_uid not in owners or not _is_stale(folder, opened):
            return False
        for file in os.listdir(opened):  # noqa: PTH208  a descriptor
            os.unlink(file, dir_fd=opened)
        folder.rmdir()
    except OSError:  # somebody else was faster, or has put something in
        return False
    finally:
        os.close(opened)
    return True


def _is_stale(folder: Path, opened: int) -> bool:
    files = os.listdir(opened)
    touched = [os.fstat(opened).st_mtime]
    touched += [os.stat(file, dir_fd=opened).st_mtime for file in files]
    if max(touched) > time.time() - UNTOUCHED_SECONDS:
        return False
    if not all(_OURS.fullmatch(file) for file in files):
        return False
    return not any(
        _lives(opened, file) if file.endswith(".lock") else _answers(folder / file)
        for file in files
    )


def _answers(path: Path) -> bool:
    if not stat.S_ISSOCK(path.lstat().st_mode):
        return True  # whatever it is, it is not for us to remove
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return False
        except OSError:  # full, or not for us: somebody has it
            return True
    return True


def _lives(opened: int, lock: str) -> bool:
    """Whether the process lives whose number is the first line of the lock file."""
    descriptor = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=opened)
    with os.fdopen(descriptor, encoding="ascii", errors="replace") as file:
        first = file.readline().strip()
    if not first.isdecimal() or int(first) <= 0:
        return False
    try:
        os.kill(int(first), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's by now
        return True
    return True
