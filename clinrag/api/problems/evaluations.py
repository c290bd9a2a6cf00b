"""The rows for evaluations and their waivers."""

from http import HTTPStatus
from typing import Final

from clinrag.answering.evaluations import errors as evaluations
from clinrag.api.problems.rows import rows

EVALUATIONS: Final = {
    **rows(HTTPStatus.NOT_FOUND, "No such evaluation", evaluations.EvaluationUnknown),
    **rows(HTTPStatus.CONFLICT, "Nothing to waive", evaluations.NothingToWaive),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        evaluations.QuestionSetInvalid,
        evaluations.BaselineInvalid,
        evaluations.WaiverInvalid,
        evaluations.WaiverNotAcknowledged,
    ),
}
