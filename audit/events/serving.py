"""What serving answers meets with: clients that leave, model servers as they are."""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerUndelivered(Event):
    """Who asked had left before all was sent; the question ended all the same.

    `sent` names the last part that left: `nothing`, or an event of the stream.
    """

    type = EventType.ANSWER_UNDELIVERED
    sentence = "The client had left before answer {answer_id} was sent"
    answer_id: str
    sent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProbed(Event):
    """What a model server was found to understand, asked without anybody's words.

    `findings` are pairs of a reply format and what came of it: `followed`, `ignored`,
    `refused`, or the code of a failure. `reply_format` is the best one followed.
    """

    type = EventType.MODEL_PROBED
    sentence = "Model {model} was probed: {reply_format}"
    server: str
    model: str
    answered_as: str
    model_revision: str | None = None
    address_class: str
    findings: tuple[tuple[str, str], ...]
    reply_format: str
