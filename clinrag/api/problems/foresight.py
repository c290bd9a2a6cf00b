"""The rows for foresight, signatures and golden questions."""

from http import HTTPStatus
from typing import Final

from clinrag.answering.foresight import errors as foresight
from clinrag.api.problems.rows import LATER, rows

FORESIGHT: Final = {
    **rows(HTTPStatus.NOT_FOUND, "No such report", foresight.ForesightUnknown),
    **rows(
        HTTPStatus.NOT_FOUND, "No such golden question", foresight.GoldenQuestionUnknown
    ),
    **rows(
        HTTPStatus.CONFLICT,
        "The report is under way",
        foresight.ForesightUnderWay,
        retry_after=LATER,
    ),
    **rows(HTTPStatus.CONFLICT, "Nothing to foresee", foresight.NothingToForesee),
    **rows(HTTPStatus.CONFLICT, "Not foreseen", foresight.ForesightNotAcknowledged),
    **rows(HTTPStatus.CONFLICT, "Kept before", foresight.GoldenQuestionExists),
    **rows(HTTPStatus.CONFLICT, "Not what was seen", foresight.ForesightNotSeen),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        foresight.GoldenQuestionInvalid,
    ),
}
