"""Why a recall or a webhook is refused.

Promises: every class has a stable code, and its docstring is the sentence for people.
No error repeats a reason, an address or a secret.
"""

from clinrag.answering.errors import AnsweringError


class RecallUnknown(AnsweringError):
    """There is no such recall."""

    code = "recall_unknown"


class RecallInvalid(AnsweringError):
    """A recall needs a reason, and a text that it calls back."""

    code = "recall_invalid"


class RecallNeedsAPerson(AnsweringError):
    """A recall is opened and closed by a person, in their own name."""

    code = "recall_needs_a_person"


class RecallClosed(AnsweringError):
    """The recall is closed."""

    code = "recall_closed"


class NoticeUnknown(AnsweringError):
    """The recall concerns no answer of this app."""

    code = "notice_unknown"


class NoticeAcknowledged(AnsweringError):
    """The recall was acknowledged for this app before."""

    code = "notice_acknowledged"


class EndpointUnknown(AnsweringError):
    """There is no such webhook endpoint."""

    code = "endpoint_unknown"


class EndpointExists(AnsweringError):
    """The app has this endpoint already."""

    code = "endpoint_exists"


class AddressRefused(AnsweringError):
    """Nothing may be sent to this address: it is not public, or not over HTTPS."""

    code = "address_refused"


class SecretInvalid(AnsweringError):
    """A secret is `whsec_` and 24 to 64 bytes in Base64."""

    code = "secret_invalid"


class DeliveryUnknown(AnsweringError):
    """There is no such message."""

    code = "delivery_unknown"


class DeliveryPending(AnsweringError):
    """The message is still being sent."""

    code = "delivery_pending"


class DeliveryRefused(AnsweringError):
    """The message did not arrive."""

    code = "delivery_refused"
