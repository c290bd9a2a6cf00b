"""The rows for running answers again, and for what is said of them."""

from http import HTTPStatus
from typing import Final

from clinrag.answering.replay import errors as replay
from clinrag.answering.reviews import errors as reviews
from clinrag.api.problems.rows import rows

REPLAYS: Final = {
    **rows(HTTPStatus.CONFLICT, "Nothing to run again", replay.NothingToReplay),
    **rows(HTTPStatus.CONFLICT, "Not ended", reviews.AnswerNotEnded),
    **rows(HTTPStatus.CONFLICT, "Already assigned", reviews.ReviewIsAssigned),
    **rows(HTTPStatus.NOT_FOUND, "Not assigned", reviews.ReviewNotAssigned),
    **rows(
        HTTPStatus.FORBIDDEN,
        "Not yours to review",
        reviews.OnlyPeopleReview,
        reviews.OwnAnswerReviewed,
        reviews.OwnFlagReviewed,
        reviews.OverrideIsNobodys,
    ),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        reviews.RemarkInvalid,
        reviews.ReviewDueInPast,
        reviews.ReviewerNotEligible,
    ),
    **rows(HTTPStatus.GONE, "Erased", replay.ReplayErased),
    **rows(HTTPStatus.GONE, "Pruned", replay.RecordPruned),
}
