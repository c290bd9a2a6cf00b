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


@dataclass(slots=True)
class Reply:
    """What a server has said so far."""

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


def read_event(line: bytes, reply: Reply) -> bool:
    """Take in one line of a server-sent event stream; True when it was the last.

    Raises ModelReturnedRubbish for a line that is not JSON and ModelUnavailable
    for an error told in the stream.
    """
    name, _, value = line.partition(b":")
    if name == b"error":
        raise ModelUnavailable("error_in_stream")
    if name != b"data":
        return False
    if value.strip() == b"[DONE]":
        return True
    _take(_json(value), reply, part="delta")
    return False


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
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _take(event: Mapping[str, Any], reply: Reply, *, part: str) -> None:
    reply.model = _name(event.get("model")) or reply.model
    reply.revision = _name(event.get("system_fingerprint")) or reply.revision
    _take_usage(event.get("usage"), reply)
    choices = event.get("choices")
    if not choices:
        return
    if not isinstance(choices, list) or not isinstance(choices[0], dict):
        raise ModelReturnedRubbish("not_choices")
    choice = choices[0]
    reply.finish_reason = _name(choice.get("finish_reason")) or reply.finish_reason
    said = choice.get(part) or {}
    content = said.get("content") if isinstance(said, dict) else said
    if content is not None and not isinstance(content, str):
        raise ModelReturnedRubbish("not_text")
    reply.parts.append(content or "")


def _take_usage(usage: object, reply: Reply) -> None:
    if not isinstance(usage, dict):
        return
    reply.prompt_tokens = _count(usage.get("prompt_tokens"))
    reply.completion_tokens = _count(usage.get("completion_tokens"))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _name(value: object) -> str | None:
    return value[:_MAX_REPORTED_NAME] if isinstance(value, str) and value else None
