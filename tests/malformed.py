"""What servers of the OpenAI chat format have been seen to reply, or may.

`REFUSED` by the fault that the client names; `ACCEPTED` although it looks odd.
"""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

SAID = "Give 5 mg daily."


@dataclass(frozen=True)
class Reply:
    """A body as it is sent, and what comes of it."""

    raw: bytes
    fault: str = ""
    media_type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)


def chunk(delta: Any, finish: str | None = None, **beside: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"model": "tiny", "choices": [choice], **beside}


def stream(*chunks: Any, end: str = "\n\n", done: str = "data: [DONE]") -> bytes:
    lines = [f"data: {json.dumps(one)}" for one in chunks]
    return "".join(f"{line}{end}" for line in [*lines, done]).encode()


def whole(message: Any, finish: str | None = "stop", **beside: Any) -> bytes:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json.dumps({"model": "tiny", "choices": [choice], **beside}).encode()


SPEECH, END = chunk({"content": SAID}), chunk({}, "stop")
TOOL = [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
JSON = "application/json"

REFUSED = {
    "a name given twice": Reply(
        b'data: {"choices": [{"delta": {"content": "5 mg", "content": "50 mg"},'
        b' "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n',
        "name_repeated",
    ),
    "somebody else's part": Reply(
        stream(chunk({"role": "user", "content": SAID}), END), "not_its_role"
    ),
    "a role that is no word": Reply(
        stream(chunk({"role": ["assistant"], "content": SAID}), END), "not_its_role"
    ),
    "a call of a tool": Reply(
        stream(chunk({"tool_calls": TOOL}), chunk({}, "tool_calls")), "tool_calls"
    ),
    "a call of a tool, whole": Reply(
        whole({"role": "assistant", "content": None, "tool_calls": TOOL}),
        "tool_calls",
        JSON,
    ),
    "content that is null": Reply(
        whole({"role": "assistant", "content": None}), "empty", JSON
    ),
    "content that is no text": Reply(
        whole({"role": "assistant", "content": [{"type": "text"}]}), "not_text", JSON
    ),
    "a refusal": Reply(
        whole({"content": None, "refusal": "No."}), "model_declined", JSON
    ),
    "JSON cut short": Reply(whole({"content": SAID})[:-9], "not_json", JSON),
    "an event cut short": Reply(stream(SPEECH)[:30] + b"\n\n", "not_json"),
    "no choices but one that is text": Reply(
        b'{"choices": ["yes"]}', "not_choices", JSON
    ),
    "a number": Reply(b"42", "not_json", JSON),
    "nothing": Reply(b"", "not_json", JSON),
    "a nest too deep": Reply(b"[" * 50_000, "not_json", JSON),
    "the same word without end": Reply(
        stream(*[chunk({"content": "mg " * 50})] * 200, END), "too_long"
    ),
    "compressed": Reply(
        gzip.compress(whole({"content": SAID})),
        "encoded",
        JSON,
        {"Content-Encoding": "gzip"},
    ),
    "an end without a reason": Reply(stream(SPEECH), "reply_cut"),
}
LIES = {"prompt_tokens": -5, "completion_tokens": 10**12}

ACCEPTED = {
    "comments and unknown fields": Reply(
        b": ping\n\nevent: message\nid: 7\nretry: 10\n" + stream(SPEECH, END)
    ),
    "line ends of another system": Reply(
        stream(SPEECH, END, end="\r\n\r\n").replace(b"data: {", b": ping\r\ndata: {")
    ),
    "an event on several lines": Reply(
        b"data: "
        + json.dumps(SPEECH, indent=1).replace("\n", "\ndata: ").encode()
        + b"\n\n"
        + stream(END)
    ),
    "no space after the colon": Reply(stream(SPEECH, END).replace(b": {", b":{")),
    "a second choice": Reply(
        stream({"choices": [{"index": 1, "delta": {"content": "No."}}]}, SPEECH, END)
    ),
    "counts that cannot be": Reply(
        stream(SPEECH, END, {"choices": [], "usage": LIES}),
        told={"prompt_tokens": None, "completion_tokens": None},
    ),
    "counts that are no numbers": Reply(
        whole({"content": SAID}, usage={"prompt_tokens": True}),
        media_type=JSON,
        told={"prompt_tokens": None},
    ),
    "another model": Reply(
        stream(chunk({"content": SAID}, model="tiny-q2"), END | {"model": "tiny-q2"}),
        told={"model": "tiny-q2"},
    ),
    "an end for want of room": Reply(
        stream(SPEECH, chunk({}, "length")), told={"finish_reason": "length"}
    ),
    "a role that is empty": Reply(stream(chunk({"role": "", "content": SAID}), END)),
}
