"""Why an answer cannot be run again at all.

Promises: every class has a stable code, and its docstring is the sentence for people.
"""

from clinrag.answering.errors import AnsweringError


class NothingToReplay(AnsweringError):
    """Nothing was decided about this question, so there is nothing to run again."""

    code = "nothing_to_replay"


class RecordPruned(AnsweringError):
    """The entries of this answer were pruned; their hashes are all that is left."""

    code = "record_pruned"


class ReplayErased(AnsweringError):
    """What was asked and answered has been erased, so it cannot be run again."""

    code = "replay_erased"
