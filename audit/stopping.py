"""Turns the signals that end a process into an event that loops wait on."""

import signal
from threading import Event
from types import FrameType


def stop_on_signals() -> Event:
    """An event that SIGTERM and SIGINT set; work at hand is finished first."""
    stop = Event()

    def request(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, request)
    signal.signal(signal.SIGINT, request)
    return stop
