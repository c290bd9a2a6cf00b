from pathlib import Path

import pytest

from clinrag.answering.scope import is_out_of_scope

DATA = Path(__file__).parent.parent / "privacy" / "data"


@pytest.mark.parametrize(
    "text",
    [
        "Write a poem about spring.",
        "Tell me a joke about doctors",
        "Can you show me a simple Python function to sort a list?",
        "What is the capital of Brazil?",
        "How do you say 'peace' in Russian?",
        "Who wrote the play 'Romeo and Juliet'?",
    ],
)
def test_question_is_out_of_scope_when_it_is_another_trade(text):
    assert is_out_of_scope(text)


@pytest.mark.parametrize(
    "text",
    [
        "When do children develop speech?",
        "What is the prevalence in the population of diabetics?",
        "How do patients react to penicillin?",
        "What difference does treatment with PHP analogues make?",
        "Should I write a letter of referral?",
        "Which code is used for hypertension?",
    ],
)
def test_question_is_in_scope_when_it_is_clinical(text):
    assert not is_out_of_scope(text)


def test_no_clinical_question_is_out_of_scope():
    questions = (DATA / "clinical_questions.txt").read_text("utf-8").splitlines()
    assert [text for text in questions if is_out_of_scope(text)] == []
