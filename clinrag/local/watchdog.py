"""Runs one program and stops it when whoever started the watchdog is gone.

The starter holds the other end of standard input. A `kill -9` of the starter
closes it, and that is the news nobody has to send. Only the standard library:
this process lives as long as the program and should cost little.

Usage: python watchdog.py STOP_SIGNAL GRACE_SECONDS UID GID PROGRAM [ARGUMENT …]
(UID and GID: -1 to stay who one is.) Exits with the program's own code.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
from functools import partial

STILL_HERE = b"."
KERNEL = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1  # prctl(2)


def main(arguments: list[str]) -> int:
    stop_signal, grace, uid, gid = (int(word) for word in arguments[:4])
    wake_reader, wake_writer = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: os.write(wake_writer, STILL_HERE))
    program = _start(arguments[4:], uid, gid, stop_signal)
    threading.Thread(
        target=_report_end, args=(program, wake_writer), daemon=True
    ).start()
    _wait_for_end(wake_reader)
    return _stop(program, stop_signal, grace)


def _start(
    command: list[str], uid: int, gid: int, stop_signal: int
) -> "subprocess.Popen[bytes]":
    """A session of its own: Ctrl-C at the terminal reaches the supervisor alone."""
    drops = uid >= 0
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        user=uid if drops else None,
        group=gid if drops else None,
        extra_groups=[] if drops else None,
        preexec_fn=partial(_end_with_watchdog, stop_signal),  # noqa: PLW1509  one yet
    )


def _end_with_watchdog(stop_signal: int) -> None:
    """On Linux the program of a killed watchdog stops too.

    Who is started in its place would find its port and its files in use.
    """
    if sys.platform == "linux":
        KERNEL.prctl(PR_SET_PDEATHSIG, stop_signal)


def _report_end(program: "subprocess.Popen[bytes]", wake_writer: int) -> None:
    program.wait()
    os.write(wake_writer, STILL_HERE)


def _wait_for_end(wake_reader: int) -> None:
    """Until the starter is gone, a signal comes, or the program ends."""
    while True:
        ready, _, _ = select.select([sys.stdin.fileno(), wake_reader], [], [])
        if wake_reader in ready or not os.read(sys.stdin.fileno(), 64):
            return


def _stop(program: "subprocess.Popen[bytes]", stop_signal: int, grace: int) -> int:
    if program.poll() is None:
        program.send_signal(stop_signal)
    try:
        return program.wait(timeout=grace)
    except subprocess.TimeoutExpired:
        os.killpg(program.pid, signal.SIGKILL)
        return program.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
