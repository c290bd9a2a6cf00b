"""The witness as a program: its arguments and its run, for both ways to start it.

Its directory holds `witness.key`, the file `logs` with a verifier key a line, and what
it cosigned last. A change of `logs` takes effect at the next start, by its operator's
hand alone: no log can tell a witness to trust another key.
"""

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from audit.stopping import stop_on_signals
from audit.witnessing.server import WitnessServer
from audit.witnessing.state import WitnessFiles
from audit.witnessing.witness import Witness


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("directory", type=Path, help="the witness's own directory")
    parser.add_argument(
        "--create-key", metavar="NAME", help="make its key, print the public one, end"
    )
    parser.add_argument("--listen", default="127.0.0.1:8765", metavar="HOST:PORT")


def run(
    options: dict[str, Any],
    *,
    say: Callable[[str], object],
    now: Callable[[], datetime],
) -> None:
    """Make the key, or serve until a signal.

    Raises KeyFileInvalid, NoteInvalid, WitnessStateInvalid, OSError or ValueError.
    """
    files = WitnessFiles(options["directory"])
    if options["create_key"]:
        say(files.create_key(options["create_key"]).vkey)
        return
    host, _, port = options["listen"].rpartition(":")
    with files.alone():
        witness = Witness(files, logs=files.read_logs(), now=now)
        server = WitnessServer((host, int(port)), witness)
        say(witness.vkey)
        say(server.url)
        server.run(stop_on_signals())
