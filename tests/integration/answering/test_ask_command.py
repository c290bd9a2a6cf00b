import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.integration.answering.clinic import QUESTION, START, recorded

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def ask(capsys, *arguments: str) -> str:
    call_command("ask", QUESTION, "--collection", "pain", *arguments)
    return capsys.readouterr().out


def test_ask_prints_answer_sources_and_record(clinic, capsys):
    out = ask(capsys)
    assert "≥90 MME/day" in out
    assert "[1] Opioids for chronic pain, 2016" in out
    assert "Outcome: answered. Record: " in out
    assert recorded("query.")[-1]["actor"]["id"] == "command:ask"


def test_ask_prints_json_when_told_to(clinic, capsys):
    said = json.loads(ask(capsys, "--json"))
    assert said["outcome"] == "answered"
    assert said["citations"][0]["version_label"] == "2016"
    assert len(said["leaf_hash"]) == 64


def test_ask_looks_at_the_corpus_of_that_day_when_a_date_is_given(clinic, capsys):
    before = (START - timedelta(days=2)).date().isoformat()
    said = json.loads(ask(capsys, "--json", "--as-of", before))
    assert (said["outcome"], said["reason"]) == ("no_evidence", "no_passages")


def test_ask_names_the_user_when_there_is_one(clinic, capsys):
    user = get_user_model().objects.create_user("nora", password="long enough 123")
    ask(capsys, "--by", "nora")
    actor = recorded("query.")[-1]["actor"]
    assert (actor["id"], actor["method"]) == (f"user:{user.pk}", "shell")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--by", "nobody"),
        ("--collection", "nowhere"),
        ("--as-of", (timezone.now() + timedelta(days=2)).date().isoformat()),
    ],
)
def test_ask_ends_with_a_sentence_when_it_cannot(clinic, arguments):
    with pytest.raises(CommandError):
        call_command("ask", QUESTION, "--collection", "pain", *arguments)
