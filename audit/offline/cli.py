"""The command line: `proof`, `consistency`, `fsck`, `export`, `monitor`.

Exit codes, for scripts:

    0  it holds
    1  it does not: what was claimed is wrong, or the log misbehaved
    2  the command or a file given to it is malformed
    3  something could not be read, or the verifier itself failed
    4  Python or the package `cryptography` is missing or too old

With --json one object on one line is printed: `holds`, `status`, and either what was
found or `code`, `message`, `layer`, `index`. Codes are stable, messages are not.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from audit.offline import commands
from audit.offline.problems import HOLDS, Problem, Unreadable

Command = Callable[[argparse.Namespace], dict[str, object]]
_INTERRUPTED: Final = 130
# Of any other status nothing was checked to its end, so there is nothing to say.
WORDS: Final = {HOLDS: "holds", 1: "DOES NOT HOLD"}
_LARGEST_JOBS: Final = 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; prints the verdict and returns the exit code."""
    given = parser().parse_args(arguments)
    try:
        found = given.run(given)
    except Problem as problem:
        return _tell(given, _described(problem), problem.status)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - no bytes may end in a traceback
        fault = Unreadable(f"the verifier failed: {type(error).__name__}", code="fault")
        return _tell(given, _described(fault), fault.status)
    return _tell(given, found, HOLDS)


def _described(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "message": str(problem),
        "layer": problem.layer or None,
        "index": problem.index,
    }


def _tell(given: argparse.Namespace, found: dict[str, object], status: int) -> int:
    verdict = {"command": given.command, "holds": status == HOLDS, "status": status}
    if given.json:
        text = json.dumps(verdict | found)
    else:
        word = WORDS.get(status, "no verdict")
        lines = [
            f"{name}: {value}"
            for name, value in found.items()
            if value not in ([], None)
        ]
        text = "\n".join([f"{given.command}: {word}", *map(_printable, lines)])
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return status


def _printable(line: str) -> str:
    """A log's own words must not steer the reader's terminal."""
    return "".join(
        char if char.isascii() and char.isprintable() else f"\\u{ord(char):04x}"
        for char in line
    )


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="audit.offline",
        description="Checks a ClinRAG ledger with public keys and nothing else.",
        epilog="Exit codes: 0 holds, 1 does not hold, 2 malformed, 3 unreadable,"
        " 4 Python package `cryptography` missing.",
    )
    under = top.add_subparsers(dest="command", required=True)
    _add_proof(under)
    _add_consistency(under)
    _add_fsck(under)
    _add_export(under)
    _add_monitor(under)
    return top


ONE_KEY: Final = "a public key of the log, or @file; changes of key are followed"
KEYS_GIVEN: Final = "no other key counts, since what changed it lies in no proof"
KEYS_FOLLOWED: Final = "changes of key among the entries are followed from any"
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001


def _add(under: Subparsers, name: str, run: Command) -> argparse.ArgumentParser:
    command = under.add_parser(name, help=run.__doc__, description=run.__doc__)
    command.set_defaults(run=run)
    command.add_argument("--json", action="store_true", help="print one JSON object")
    return command


def _vkeys(command: argparse.ArgumentParser, what: str = KEYS_GIVEN) -> None:
    command.add_argument(
        "--vkey",
        action="append",
        required=True,
        metavar="NAME+ID+KEY",
        help="a public key of the log, or @file; again for each shard, or if it has"
        f" changed: {what}",
    )


def _policy(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--policy", help="file in the form of C2SP tlog-policy; its quorum must be met"
    )


def _authorization(command: argparse.ArgumentParser) -> None:
    """Never on the command line itself, where every user of the machine reads it."""
    given = command.add_mutually_exclusive_group()
    given.add_argument(
        "--authorization-file",
        metavar="FILE",
        help="holds the Authorization header for the log's address, `Bearer KEY`;"
        " sent by https only, to that address only",
    )
    given.add_argument(
        "--authorization-env",
        metavar="VARIABLE",
        help="the same, in this variable of the environment",
    )


def _add_proof(under: Subparsers) -> None:
    command = _add(under, "proof", commands.proof)
    command.add_argument("proof", help="a proof in the form tlog-proof@v1")
    command.add_argument("entry", help="the entry's exact bytes")
    _vkeys(command)
    _policy(command)


def _add_consistency(under: Subparsers) -> None:
    command = _add(under, "consistency", commands.consistency)
    command.add_argument("old", help="the older checkpoint")
    command.add_argument("new", help="the newer checkpoint")
    _vkeys(command)
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--proof", help="file of base64 hashes, or of C2SP add-checkpoint"
    )
    source.add_argument("--log", help="address, folder or zip to make the proof from")
    _authorization(command)


def _add_fsck(under: Subparsers) -> None:
    command = _add(under, "fsck", commands.check_log)
    command.add_argument("log", help="address, folder in tlog-tiles layout, or package")
    command.add_argument("--vkey", required=True, help=ONE_KEY)
    _policy(command)
    command.add_argument(
        "--held", action="append", default=[], help="a checkpoint kept elsewhere"
    )
    command.add_argument(
        "--entries",
        action="store_true",
        help="read the entries too, and answers' lives",
    )
    command.add_argument(
        "--minimum-index", type=_count, default=0, help="entries below may be pruned"
    )
    command.add_argument("--jobs", type=_jobs, default=1, help="processes")
    _authorization(command)
    command.add_argument("--predecessor", help="public key of the shard before")


def _add_export(under: Subparsers) -> None:
    command = _add(under, "export", commands.export)
    command.add_argument("package", help="folder or zip")
    _vkeys(command, KEYS_FOLLOWED)
    _policy(command)
    command.add_argument("--manifest-sha256", help="the manifest's hash, if known")


def _add_monitor(under: Subparsers) -> None:
    command = _add(under, "monitor", commands.monitor)
    command.add_argument("log", help="the log's address, or a folder")
    command.add_argument("--vkey", required=True, help=ONE_KEY)
    _policy(command)
    _authorization(command)
    command.add_argument("--state", required=True, help="file to remember in")
    command.add_argument("--max-age", type=_count, help="seconds before it is stale")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:  # noqa: PLR2004
        raise argparse.ArgumentTypeError("not a number")
    return int(text)


def _jobs(text: str) -> int:
    jobs = _count(text)
    if not 1 <= jobs <= _LARGEST_JOBS:
        raise argparse.ArgumentTypeError("not a number of processes")
    return jobs
