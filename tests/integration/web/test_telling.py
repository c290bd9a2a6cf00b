"""Entries as pages tell them: words for codes, names for ids, and never an error."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from audit.actors import Actor, ActorKind
from audit.events import EVENT_CLASSES
from audit.queries import EntryView
from clinrag.web.custody import scope_words
from clinrag.web.telling import told
from tests.factories.access import make_user

pytestmark = pytest.mark.django_db


def entry(kind, **fields):
    return EntryView(
        index=1,
        id=uuid4(),
        type=kind,
        at=datetime(2026, 11, 23, tzinfo=UTC),
        actor=Actor(ActorKind.PERSON, "user:1", "Ada", "session"),
        fields=fields,
        leaf_hash=b"",
        entry_bytes=b"{}",
        has_sealed=False,
    )


def test_codes_are_words_and_people_have_names():
    person = make_user(first_name="Olena", last_name="Kovalenko")
    approved = entry(
        "authorization.approved",
        action="hold_release",
        requested_by=f"user:{person.pk}",
    )
    assert told(approved) == (
        "Authorization for the release of a legal hold, requested by Olena Kovalenko,"
        " was approved"
    )


def test_person_who_is_gone_keeps_the_id():
    reviewed = entry("break_glass.reviewed", opened_by="user:99", finding="justified")
    assert "user:99" in told(reviewed)


def test_words_that_somebody_wrote_stay_as_they_are():
    withdrawn = entry("version.withdrawn", reason="dose_table misprinted")
    assert "dose_table misprinted" in told(withdrawn)


def test_model_keeps_its_name():
    released = entry("answer.released", model="qwen3-4b_instruct")
    assert "qwen3-4b_instruct" in told(released)


@pytest.mark.parametrize("kind", [one.value for one in EVENT_CLASSES])
def test_every_kind_of_entry_is_told_whatever_it_holds(kind):
    odd = entry(kind, action=None, scope=[["a", "b"]], purpose=3, in_force_from="soon")
    assert told(odd)
    assert told(replace(odd, fields={}))


def test_scope_of_an_odd_value_is_shown_and_leads_nowhere():
    words = scope_words({"answer_id": "no id", "since": "some day", "question": "x"})
    assert [(word.value, word.url) for word in words] == [
        ("no id", ""),
        ("x", ""),
        ("some day", ""),
    ]
