"""What the demonstration says of a new edition and a recall, and finds wanting."""

import base64
import hashlib
import hmac
import urllib.request
from typing import Any

import pytest

from clinrag.local import telling
from clinrag.local.receiver import Message, listening

EDITION: dict[str, Any] = {
    "comparison": {
        "sections": 2,
        "grades": {"high": 1},
        "gravest": [{"grade": "high", "rule": "r", "old": "120mg", "new": "90mg"}],
    },
    "foresight": {"answers": 3, "changed": 2},
    "decision": {
        "status": "in_force",
        "signed_by": "reviewer",
        "authenticated_by": "password",
    },
    "impact": {"answers": ["a"]},
}
RECALL: dict[str, Any] = {
    "recall": {"answers": 1, "message": {"type": "recall.opened", "signed": True}},
    "certificate": {"verified": True, "last": 9},
}
KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def test_edition_that_came_out_as_it_must_falls_short_of_nothing() -> None:
    assert telling.shortfalls_of_edition(EDITION) == []
    assert "“120mg” is now “90mg”" in telling.edition_in_words(EDITION)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("comparison", {"sections": 0, "grades": {}, "gravest": []}),
        ("foresight", {}),
        ("foresight", {"answers": 3, "changed": 0}),
        ("decision", {"status": "approved", "authenticated_by": "password"}),
        ("decision", {"status": "in_force", "authenticated_by": ""}),
        ("impact", {"answers": []}),
    ],
)
def test_edition_that_did_not_is_told(part: str, value: dict[str, Any]) -> None:
    wrong = telling.shortfalls_of_edition(EDITION | {part: value})
    assert wrong
    assert all(one.startswith("new edition: ") for one in wrong)
    assert telling.edition_in_words(EDITION | {part: value})


@pytest.mark.parametrize("known", [{"again": True}, {"refused": True}])
def test_recall_that_sends_nothing_falls_short_of_nothing(
    known: dict[str, Any],
) -> None:
    found = RECALL | {"recall": known}
    assert telling.shortfalls_of_recall(found) == []
    assert telling.shortfalls_of_recall(RECALL) == []
    assert telling.recall_in_words(found) != telling.recall_in_words(RECALL)


@pytest.mark.parametrize(
    "message", [None, {"type": "recall.opened", "signed": False}], ids=str
)
def test_recall_whose_message_is_not_there_or_not_signed_is_told(
    message: dict[str, Any] | None,
) -> None:
    found = RECALL | {"recall": {"answers": 1, "message": message}}
    assert len(telling.shortfalls_of_recall(found)) == 1


def test_certificate_that_does_not_hold_is_told() -> None:
    found = RECALL | {"certificate": {"verified": False, "code": "version_was_used"}}
    assert telling.shortfalls_of_recall(found) == ["certificate: version_was_used"]


def signature(body: bytes) -> str:
    mac = hmac.new(KEY, b"msg_1.17." + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


def test_message_arrives_as_it_was_sent_and_its_signature_is_looked_at() -> None:
    body = b'{"type": "recall.opened"}'
    with listening() as receiver:
        post = urllib.request.Request(
            receiver.url,
            data=body,
            headers={
                "webhook-id": "msg_1",
                "webhook-timestamp": "17",
                "webhook-signature": f"v1,AAAA {signature(body)}",
            },
        )
        with urllib.request.urlopen(post, timeout=10) as reply:
            assert reply.status == 204
        message = receiver.next_message(seconds=5)
        assert receiver.next_message(seconds=0.01) is None
    assert message is not None
    assert message.event == {"type": "recall.opened"}
    assert message.is_signed(SECRET)
    other = Message(message.id, "18", message.signatures, body)
    assert not other.is_signed(SECRET)


def answer_of_model(**fields):
    return {
        "reason": None, "answerer": "tiny", "fallback_used": False, "claims": [{}],
        "citations": [{}], **fields,
    }  # fmt: skip


def test_answer_of_a_model_is_told_by_what_is_left_of_it():
    told = telling.told_of_model("answered", answer_of_model())
    assert "1 statements stand" in telling.model_in_words(told)
    assert not telling.shortfalls_of_model(told)

    refused = answer_of_model(reason="claims_unsupported", claims=[], citations=[])
    told = telling.told_of_model("not_grounded", refused)
    assert "nothing of its answer stands" in telling.model_in_words(told)
    assert not telling.shortfalls_of_model(told)

    told = telling.told_of_model("answered", answer_of_model(fallback_used=True))
    assert "stood in for it" in telling.model_in_words(told)


def test_model_falls_short_when_it_is_not_there_or_is_not_checked():
    told = telling.told_of_model("HTTP 0", {})
    assert telling.shortfalls_of_model(told) == ["local model: HTTP 0"]
    told = telling.told_of_model("answered", answer_of_model(citations=[]))
    assert telling.shortfalls_of_model(told)
