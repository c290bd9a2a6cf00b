"""The rows for what two people decide about the log, and for erasure and holds."""

from http import HTTPStatus
from typing import Final

from audit import errors as audit
from audit.custody import errors as custody
from clinrag.api.problems.rows import rows

CUSTODY: Final = {
    **rows(
        HTTPStatus.FORBIDDEN,
        "A second person has to decide",
        audit.NotAuthorized,
        audit.ApproverIsRequester,
        audit.DeciderIsNotAPerson,
    ),
    **rows(HTTPStatus.NOT_FOUND, "No such authorization", audit.AuthorizationUnknown),
    **rows(HTTPStatus.NOT_FOUND, "No such field", audit.FieldUnknown),
    **rows(HTTPStatus.CONFLICT, "Under a legal hold", audit.ContentHeld),
    **rows(HTTPStatus.CONFLICT, "To be kept", custody.BlockNotPrunable),
    **rows(HTTPStatus.NOT_FOUND, "No such subject", custody.SubjectUnknown),
    **rows(HTTPStatus.NOT_FOUND, "No such legal hold", custody.HoldUnknown),
    **rows(HTTPStatus.NOT_FOUND, "No such erasure", custody.ErasureUnknown),
    **rows(HTTPStatus.CONFLICT, "Decided before", audit.AuthorizationClosed),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        audit.AuthorizationInvalid,
        audit.SubjectReferenceInvalid,
        custody.ScopeInvalid,
        custody.AnswerUnknown,
        custody.EditionUnknown,
        custody.FloorInvalid,
    ),
}
