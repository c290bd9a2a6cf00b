"""The ways in which getting a draft from a model server fails.

Promises: a class docstring is the message for people, `code` never changes, and
no message ever holds words of a prompt or of a reply.
"""

from typing import ClassVar


class InferenceError(Exception):
    """The model server could not be used."""

    code: ClassVar[str] = "inference_error"

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        message = (type(self).__doc__ or "").strip()
        super().__init__(f"{message} ({detail})" if detail else message)


class ModelUnavailable(InferenceError):
    """The model server cannot be reached or is overloaded."""

    code = "model_unavailable"


class ModelTimeout(InferenceError):
    """The model server did not finish its answer in time."""

    code = "model_timeout"


class ModelRejected(InferenceError):
    """The model server refused the request."""

    code = "model_rejected"


class ModelReturnedRubbish(InferenceError):
    """The model server replied with something that is not an answer."""

    code = "model_rubbish"


class ModelAddressRefused(InferenceError):
    """The address of the model server is not one that may be used."""

    code = "model_address_refused"


class ModelAddressForbidden(InferenceError):
    """What was asked may not be sent to a model server outside this site."""

    code = "model_address_forbidden"


class ReplyFormatUnknown(InferenceError):
    """The model server does not know the reply format it was asked for."""

    code = "reply_format_unknown"
