"""The whole way with nothing replaced: key, question, built-in answerer, proof."""

import pytest
from django.core.management import call_command

from audit import offline
from tests.integration.answering.clinic import NEW, QUESTION, running_clinic

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def test_question_is_answered_from_the_edition_in_force_and_proved(
    settings, tmp_path, make_app
) -> None:
    clinic = running_clinic(settings, tmp_path)
    app = make_app("ask")

    answer = app.ask(key="first").json()
    assert answer["outcome"] == "answered"
    assert "90 MME/day" in answer["text"]
    assert {one["version_label"] for one in answer["citations"]} == {"2016"}
    for citation in answer["citations"]:
        path = f"versions/{citation['version_id']}/passages/{citation['chunk_id']}"
        passage = app.get(path).json()
        start = citation["char_start"] - passage["char_start"]
        end = citation["char_end"] - passage["char_start"]
        assert passage["text"][start:end] == citation["quote"]

    clinic.put_in_force(NEW, "2022")
    later = app.ask(key="second").json()
    assert "90 MME/day" not in (later["text"] or "")
    assert {one["version_label"] for one in later["citations"]} <= {"2022"}
    refused = app.ask("What is the capital of France?").json()
    assert (refused["outcome"] != "answered", refused["text"]) == (True, None)
    assert app.ask(QUESTION, key="first").json() == answer

    vkey = clinic.sign()
    call_command("verify_ledger", "--json")
    proof = app.get(f"answers/{answer['id']}/proof").json()
    assert (
        offline.verify_checkpoint(proof["checkpoint"], vkey).size == proof["tree_size"]
    )
