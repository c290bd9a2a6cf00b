"""The rows for impact, recalls and webhooks."""

from http import HTTPStatus
from typing import Final

from clinrag.answering import errors as answering
from clinrag.answering.recalls import errors as recalls
from clinrag.api.problems.rows import LATER, rows

RECALLS: Final = {
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        answering.ImpactInvalid,
        answering.RangeTooLong,
        recalls.RecallInvalid,
        recalls.SecretInvalid,
        recalls.AddressRefused,
    ),
    **rows(
        HTTPStatus.CONFLICT,
        "The non-use cannot be certified",
        answering.VersionWasUsed,
        answering.CertificateInvalid,
    ),
    **rows(
        HTTPStatus.CONFLICT,
        "The range is not proved",
        answering.RangeNotProved,
        retry_after=LATER,
    ),
    **rows(HTTPStatus.FORBIDDEN, "A person has to do this", recalls.RecallNeedsAPerson),
    **rows(HTTPStatus.NOT_FOUND, "No such recall", recalls.RecallUnknown),
    **rows(HTTPStatus.NOT_FOUND, "No such notice", recalls.NoticeUnknown),
    **rows(HTTPStatus.NOT_FOUND, "No such endpoint", recalls.EndpointUnknown),
    **rows(HTTPStatus.NOT_FOUND, "No such message", recalls.DeliveryUnknown),
    **rows(
        HTTPStatus.CONFLICT,
        "Done before",
        recalls.RecallClosed,
        recalls.NoticeAcknowledged,
        recalls.EndpointExists,
    ),
    **rows(
        HTTPStatus.CONFLICT,
        "The message is under way",
        recalls.DeliveryPending,
        retry_after=LATER,
    ),
    **rows(HTTPStatus.BAD_GATEWAY, "Not delivered", recalls.DeliveryRefused),
}
