"""The rows for running answers again."""

from http import HTTPStatus
from typing import Final

from clinrag.answering.replay import errors as replay
from clinrag.api.problems.rows import rows

REPLAYS: Final = {
    **rows(HTTPStatus.CONFLICT, "Nothing to run again", replay.NothingToReplay),
    **rows(HTTPStatus.GONE, "Erased", replay.ReplayErased),
    **rows(HTTPStatus.GONE, "Pruned", replay.RecordPruned),
}
