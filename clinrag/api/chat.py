"""An answer in the words of OpenAI's chat completions.

Promises: pure. The content holds the statements with the numbers of their citations,
then what they cite and the disclaimer, for clients that show nothing else; the whole
answer stands beside it under `clinrag`. Source: the OpenAI API reference, "Chat
completions", "Models" and "Error codes". Tells no counts of tokens: what is said here
is not what a model wrote.
"""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from clinrag.api.errors import FieldsInvalid, Finding
from clinrag.api.sse import as_json

PREFIX: Final = "clinrag:"
BETWEEN: Final = "+"
OWNER: Final = "clinrag"
DONE: Final = b"data: [DONE]\n\n"
# What would change the meaning of an answer, and cannot be had.
WITHOUT: Final = (
    "tools",
    "functions",
    "tool_choice",
    "function_call",
    "audio",
    "logprobs",
)
KINDS: Final[Mapping[int, str]] = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.FORBIDDEN: "permission_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
}
Told = Mapping[str, Any]


def model_name(slug: str) -> str:
    """Under which name a collection can be asked."""
    return f"{PREFIX}{slug}"


def collections_of(model: str) -> tuple[str, ...]:
    """The collections that a model's name stands for. Raises FieldsInvalid."""
    if not model.startswith(PREFIX):
        raise _invalid("/model")
    return tuple(model.removeprefix(PREFIX).split(BETWEEN))


def question_of(messages: list[Told]) -> str:
    """What the user said last; what was said before is not asked. Raises FieldsInvalid.

    Instructions of others do not change ours, and an earlier answer is no evidence.
    """
    if not messages or messages[-1].get("role") != "user":
        raise _invalid("/messages")
    content = messages[-1].get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [None]
    return "\n".join(_text_of(part) for part in parts)


def _text_of(part: object) -> str:
    if not isinstance(part, dict) or part.get("type") != "text":
        raise _invalid("/messages")
    return str(part.get("text", ""))


def check_can_be_had(body: Told) -> None:
    """Raise FieldsInvalid for what would be ignored at somebody's cost."""
    for name in WITHOUT:
        if body.get(name) not in (None, False, [], "none"):
            raise _invalid(f"/{name}")
    if body.get("n", 1) not in (None, 1):
        raise _invalid("/n")
    if body.get("response_format") not in (None, {"type": "text"}):
        raise _invalid("/response_format")


def completion(told: Told, *, model: str, created: int) -> dict[str, Any]:
    """The answer as one object."""
    message = {"role": "assistant", "content": content_of(told), "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    head = _head(str(told["id"]), "chat.completion", model=model, created=created)
    return head | {"choices": [choice], "clinrag": dict(told)}


def opening(answer_id: str, *, model: str, created: int) -> bytes:
    """The first chunk: whose turn it is, and the answer's id; no word yet."""
    delta = {"role": "assistant", "content": ""}
    beside = {"clinrag": {"id": answer_id}}
    return _chunk(answer_id, delta, None, beside, model=model, created=created)


def rest(told: Told, *, model: str, created: int) -> Iterator[bytes]:
    """The other chunks: a piece of text each, then the whole answer beside the end."""
    answer_id = str(told["id"])
    for piece in pieces_of(told):
        yield _chunk(
            answer_id, {"content": piece}, None, {}, model=model, created=created
        )
    beside = {"clinrag": dict(told)}
    yield _chunk(answer_id, {}, "stop", beside, model=model, created=created)
    yield DONE


def content_of(told: Told) -> str:
    """All that a client shows which knows nothing of claims."""
    return "".join(pieces_of(told))


def pieces_of(told: Told) -> Iterator[str]:
    """The text, or why there is none; what it cites; what must be seen beside it."""
    yield str(told["text"] or told["explanation"] or told["outcome"])
    if told["citations"]:
        lines = "\n".join(_line(citation) for citation in told["citations"])
        yield f"\n\nSources:\n{lines}"
    for notice in told["notices"]:
        yield f"\n\n{notice}"
    yield f"\n\n{told['disclaimer']}"


def error_body(problem: Told) -> dict[str, Any]:
    """Problem details in OpenAI's shape; the problem itself stays beside it."""
    status = int(problem["status"])
    server = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    errors = problem.get("errors") or [{}]
    usual = "server_error" if server else "invalid_request_error"
    return {
        "error": {
            "message": problem["detail"],
            "type": KINDS.get(status, usual),
            "param": str(errors[0].get("pointer", "")).strip("/") or None,
            "code": problem["code"],
            "clinrag": dict(problem),
        }
    }


def error_event(problem: Told) -> bytes:
    """What the official client raises when a stream had begun."""
    return f"data: {as_json(error_body(problem))}\n\n".encode()


def _line(citation: Told) -> str:
    page = f", p. {citation['page']}" if citation["page"] else ""
    quote = json.dumps(citation["quote"], ensure_ascii=False)
    return (
        f"[{citation['number']}] {citation['document_title']},"
        f" {citation['version_label']}{page}: {quote}"
    )


def _chunk(
    answer_id: str,
    delta: Told,
    finish_reason: str | None,
    beside: Told,
    *,
    model: str,
    created: int,
) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    head = _head(answer_id, "chat.completion.chunk", model=model, created=created)
    return f"data: {as_json(head | {'choices': [choice]} | dict(beside))}\n\n".encode()


def _head(answer_id: str, kind: str, *, model: str, created: int) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{answer_id}",
        "object": kind,
        "created": created,
        "model": model,
    }


def _invalid(pointer: str) -> FieldsInvalid:
    return FieldsInvalid((Finding(pointer, "invalid", "This cannot be had here."),))
