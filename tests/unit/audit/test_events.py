"""Each event's canonical bytes are written down: old entries must stay readable.

A failure here means the encoding changed. Add fields, never change or remove them, and
write down the new encoding beside the reason.
"""

import json
from pathlib import Path

import pytest

from audit import canonical
from audit.events import (
    EVENT_CLASSES,
    TERMINAL_TYPES,
    EventType,
    encode_fields,
    sentence,
)
from tests.unit.audit.examples import EXAMPLES

GOLDEN = json.loads(
    Path(__file__).with_name("golden_events.json").read_text(encoding="utf-8")
)


def test_every_type_has_a_class_an_example_and_a_golden_encoding():
    examples = [type(example).type for example in EXAMPLES]
    assert sorted(examples) == sorted(EventType)
    assert set(EVENT_CLASSES) == set(EventType)
    assert set(GOLDEN) == set(EventType)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_event_encodes_to_its_golden_bytes(event):
    assert canonical.encode(encode_fields(event)).decode() == GOLDEN[event.type]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_event_is_told_in_a_whole_sentence(event):
    told = sentence(event.type, encode_fields(event))
    assert told
    assert "…" not in told
    assert "{" not in told


def test_sentence_falls_back_when_type_or_field_is_unknown():
    assert sentence("moon.landed", {}) == "moon.landed"
    assert sentence("query.received", {"app": None}) == "… asked a question for …"


def test_terminal_types_are_those_that_name_a_question():
    naming = {
        kind
        for kind, event_class in EVENT_CLASSES.items()
        if "query_entry_id" in event_class.__dataclass_fields__
    }
    assert naming == TERMINAL_TYPES
