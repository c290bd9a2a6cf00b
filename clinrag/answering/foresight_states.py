"""The names of states that tables of foresight and its code share."""

from enum import StrEnum


class ReportState(StrEnum):
    """How far a report is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Expects(StrEnum):
    """What a golden question should come to."""

    PASSAGE = "passage"
    REFUSAL = "refusal"
