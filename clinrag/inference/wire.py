"""The OpenAI chat-completions format, as far as it is needed.

Promises: pure; a reply is either understood whole or refused as rubbish, and a
stream without its end is refused as cut. Source of the format: the OpenAI API
reference, "Create chat completion", which vLLM, llama.cpp and Ollama follow. Does
not open connections and does not read the answer's own structure.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from clinrag.inference.errors import ModelReturnedRubbish, ModelUnavailable
from clinrag.inference.types import CompletionRequest

ReplyFormat = Literal["json_schema", "json_object", "text"]
REPLY_FORMATS: tuple[ReplyFormat, ...] = ("json_schema", "json_object", "text")

_MAX_REPORTED_NAME = 200
# A token is four letters on average; who says more for each does not stop when asked.
_LETTERS_PER_TOKEN = 32
_MOST_TOKENS = 10_000_000
_DONE = b"[DONE]"
_ITS_ROLES = (None, "", "assistant")


@dataclass(slots=True)
class Reply:
    """What a server has said so far; at most `longest` characters."""

    longest: int
    length: int = 0
    parts: list[str] = field(default_factory=list)
    model: str | None = None
    revision: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    @property
    def text(self) -> str:
        return "".join(self.parts)


def request_body(
    request: CompletionRequest, *, model: str, reply_format: ReplyFormat
) -> dict[str, object]:
    """Return the JSON body of a streamed request."""
    body: dict[str, object] = {
        "model": model,
        "messages": [
            {"role": message.role, "content": message.content}
            for message in request.messages
        ],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.seed is not None:
        body["seed"] = request.seed
    if request.response_schema is not None and reply_format != "text":
        body["response_format"] = _response_format(
            request.response_schema, reply_format
        )
    return body


def sent_parameters(body: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return the settings of a body, without its messages, as sorted strings."""
    sent = {
        name: str(value)
        for name, value in body.items()
        if isinstance(value, (int, float, str))
    }
    reply_format = body.get("response_format")
    kind = reply_format["type"] if isinstance(reply_format, dict) else "text"
    return tuple(sorted((sent | {"response_format": kind}).items()))


def _response_format(
    schema: Mapping[str, object], reply_format: ReplyFormat
) -> dict[str, object]:
    if reply_format == "json_object":
        return {"type": "json_object"}
    return {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": dict(schema)},
    }


def longest_reply(request: CompletionRequest) -> int:
    """How many characters a reply may have that heeds `max_tokens`."""
    return request.max_tokens * _LETTERS_PER_TOKEN


class EventReader:
    """Takes in a server-sent event stream as it comes, whatever its line ends.

    Source: WHATWG HTML, 9.2.6 "Interpreting an event stream": lines of `data` make one
    event until an empty line; comments and other fields are passed over.
    """

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._rest = b""
        self._data: list[bytes] = []

    def take(self, chunk: bytes) -> bool:
        """Read what came; True when it was the end.

        Raises ModelReturnedRubbish for an event that is not one of a completion, and
        ModelUnavailable for an error told in the stream.
        """
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return any(self._take_line(line.rstrip(b"\r")) for line in lines)

    def _take_line(self, line: bytes) -> bool:
        name, _, value = line.partition(b":")
        if not line:
            self._dispatch()
        elif name == b"error":
            raise ModelUnavailable("error_in_stream")
        elif name == b"data":
            if value.strip() == _DONE:
                self._dispatch()
                return True
            self._data.append(value)
        return False

    def _dispatch(self) -> None:
        if self._data:
            event = _json(b"\n".join(self._data))
            self._data.clear()
            _take(event, self._reply, part="delta")


def read_whole(body: bytes, reply: Reply) -> None:
    """Take in the reply of a server that does not stream."""
    _take(_json(body), reply, part="message")


def check_complete(reply: Reply) -> None:
    """Raise unless the reply came to its end and says something."""
    if reply.finish_reason is None:
        raise ModelUnavailable("reply_cut")
    if not reply.text.strip():
        raise ModelReturnedRubbish("empty")


def _json(value: bytes) -> dict[str, Any]:
    parsed = _parsed(value)
    if not isinstance(parsed, dict):
        raise ModelReturnedRubbish("not_json")
    if parsed.get("error"):
        raise ModelUnavailable("error_in_stream")
    return parsed


def _parsed(value: bytes) -> object:
    """Return None for what is not JSON: the parser's exception quotes the text."""
    try:
        return json.loads(value, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers of a name given twice may read two things."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ModelReturnedRubbish("name_repeated")
    return fields


def _take(event: Mapping[str, Any], reply: Reply, *, part: str) -> None:
    reply.model = _name(event.get("model")) or reply.model
    reply.revision = _name(event.get("system_fingerprint")) or reply.revision
    _take_usage(event.get("usage"), reply)
    choice = _first_choice(event.get("choices"))
    if choice is None:
        return
    reply.finish_reason = _name(choice.get("finish_reason")) or reply.finish_reason
    said = choice.get(part) or {}
    text = _text_of(said) if isinstance(said, dict) else said
    if not isinstance(text, str):
        raise ModelReturnedRubbish("not_text")
    reply.parts.append(text)
    reply.length += len(text)
    if reply.length > reply.longest:
        raise ModelReturnedRubbish("too_long")


def _first_choice(choices: object) -> dict[str, Any] | None:
    """The first of the choices, of which one was asked for."""
    if not choices:
        return None
    if not isinstance(choices, list) or not isinstance(choices[0], dict):
        raise ModelReturnedRubbish("not_choices")
    found: dict[str, Any] = choices[0]
    return found if found.get("index", 0) == 0 else None


def _text_of(said: Mapping[str, Any]) -> object:
    """What the model says itself: it has no tools, and nobody else's part."""
    if said.get("tool_calls") or said.get("function_call"):
        raise ModelReturnedRubbish("tool_calls")
    if said.get("role") not in _ITS_ROLES:
        raise ModelReturnedRubbish("not_its_role")
    if said.get("refusal"):
        raise ModelReturnedRubbish("model_declined")
    content = said.get("content")
    return "" if content is None else content


def _take_usage(usage: object, reply: Reply) -> None:
    if not isinstance(usage, dict):
        return
    reply.prompt_tokens = _count(usage.get("prompt_tokens"))
    reply.completion_tokens = _count(usage.get("completion_tokens"))


def _count(value: object) -> int | None:
    """A number of tokens; None for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MOST_TOKENS else None


def _name(value: object) -> str | None:
    return value[:_MAX_REPORTED_NAME] if isinstance(value, str) and value else None
