"""The log as outsiders get it: a folder in the layout of tlog-tiles, and over HTTP.

Written by `audit.publication` from the database as it is, changed or not: what a
deployment would serve.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from audit import publication
from audit.notes import CheckpointText, Note
from audit.offline import cli
from audit.publication.paths import WIDTH, TilePath, format_path

HEIGHT = 8


def publish(folder: Path, *, shard: int = 1) -> Path:
    """Every resource of a log that was just signed."""
    note = publication.resource(shard, "checkpoint").body
    size = CheckpointText.from_text(Note.parse(note.decode()).text).size
    for path in ["checkpoint", *paths(size)]:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(publication.resource(shard, path).body)
    return folder


def paths(size: int) -> Iterator[str]:
    for number in range(-(-size // WIDTH)):
        width = min(WIDTH, size - number * WIDTH)
        yield format_path(TilePath(None, number, width))
    level = 0
    while size >> (HEIGHT * level):
        hashes = size >> (HEIGHT * level)
        for number in range(-(-hashes // WIDTH)):
            width = min(WIDTH, hashes - number * WIDTH)
            yield format_path(TilePath(level, number, width))
        level += 1


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder's address while the block runs."""
    handler = partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the test output quiet."""


class Auditor:
    """Somebody outside: the public key, a folder of their own, and `audit.offline`."""

    def __init__(self, capsys: Any, vkey: str, folder: Path) -> None:
        self._capsys, self._vkey, self._folder = capsys, vkey, folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, note: str, name: str = "held") -> Path:
        path = self._folder / name
        path.write_text(note)
        return path

    def fsck(self, log: Path | str, *more: Path | str) -> dict[str, Any]:
        words = ["fsck", str(log), "--vkey", self._vkey, "--entries"]
        return self._run(*words, *map(str, more))

    def monitor(self, log: Path | str, *more: str) -> dict[str, Any]:
        state = str(self._folder / "state.json")
        return self._run("monitor", str(log), "--vkey", self._vkey, "--state", state,
                         *more)  # fmt: skip

    def consistency(self, old: Path, new: Path, log: Path | str) -> dict[str, Any]:
        words = ["consistency", str(old), str(new), "--vkey", self._vkey]
        return self._run(*words, "--log", str(log))

    def export(self, package: Path, *more: str) -> dict[str, Any]:
        return self._run("export", str(package), "--vkey", self._vkey, *more)

    def _run(self, *words: str) -> dict[str, Any]:
        self._capsys.readouterr()
        cli.main([*words, "--json"])
        found: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return found
