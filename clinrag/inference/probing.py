"""What a model server understands, found out by asking it.

Promises: says nothing of anybody, only asks for one small object in each format; tells
of each whether the reply followed it, whether it was taken and ignored, or refused.
Writes nothing down.
"""

import json
from dataclasses import dataclass
from typing import Final

from clinrag.inference.client import ModelClient
from clinrag.inference.errors import InferenceError, ReplyFormatUnknown
from clinrag.inference.types import Completion, CompletionRequest, Message
from clinrag.inference.wire import REPLY_FORMATS, ReplyFormat

FOLLOWED, IGNORED, REFUSED = "followed", "ignored", "refused"
NONE: Final = "none"
_SCHEMA: Final = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}},
    "required": ["ready"],
    "additionalProperties": False,
}
_ASKED: Final = 'Reply with this JSON object and with nothing else: {"ready": true}'


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of each format, and who replied; `reply_format` is the best one."""

    findings: tuple[tuple[ReplyFormat, str], ...]
    reply_format: ReplyFormat | None
    answered_as: str
    model_revision: str | None
    address_class: str


async def probe(client: ModelClient, *, allows_external: bool) -> Probe:
    """Ask in each format. Raises InferenceError when none was replied to."""
    request = CompletionRequest(
        messages=(Message("user", _ASKED),),
        max_tokens=64,
        response_schema=_SCHEMA,
        allows_external=allows_external,
    )
    findings: list[tuple[ReplyFormat, str]] = []
    last: Completion | None = None
    fault: InferenceError = ReplyFormatUnknown()
    for reply_format in REPLY_FORMATS:
        try:
            last = await client.acomplete_in(reply_format, request)
        except ReplyFormatUnknown:
            findings.append((reply_format, REFUSED))
        except InferenceError as error:
            fault = error
            findings.append((reply_format, error.code))
        else:
            findings.append((reply_format, _worth(last.text)))
    if last is None:
        raise fault
    best = next((name for name, worth in findings if worth == FOLLOWED), None)
    return Probe(
        tuple(findings), best, last.model, last.model_revision, last.address_class
    )


def _worth(text: str) -> str:
    """Whether it is the object that was asked for, whatever it says in it."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return IGNORED
    is_whole = isinstance(said, dict) and set(said) == {"ready"}
    return FOLLOWED if is_whole and isinstance(said["ready"], bool) else IGNORED
