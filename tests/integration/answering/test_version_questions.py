"""Measuring questions with a date: the text then in force, and nothing of another."""

import json

import pytest

from clinrag.answering.management.commands.evaluate_versions import as_table, figures
from clinrag.answering.version_questions import evaluate_versions
from ingestion.models import Collection
from tests.factories.ingestion import T0
from tests.integration.retrieval.corpus import EMBEDDER

pytestmark = pytest.mark.django_db
OLD = "# Fever\n\n## Dose\n\nGive 500\u00a0mg of paracetamol to adults with fever.\n"
DRAFT = OLD.replace("500", "750")
NEW = OLD.replace("500", "1000")
EDITIONS = (
    ("2020-01-01", "2024-01-01", "final", OLD),
    ("2022-01-01", "2024-01-01", "draft", DRAFT),
    ("2024-01-01", None, "final", NEW),
)


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "guidelines"
    home.mkdir()
    rows = []
    for number, (start, end, status, text) in enumerate(EDITIONS, 1):
        (home / f"v{number}.md").write_text(text, encoding="utf-8")
        rows.append(
            {
                "doc_id": "fever",
                "version": number,
                "file": f"guidelines/v{number}.md",
                "valid_from": start,
                "valid_to": end,
                "status": status,
                "label": None,
                "lang": "en",
            }
        )
    questions = [
        question("q1", "2023-01-01", "Give 500 mg of paracetamol", "750 mg"),
        question("q2", "2025-01-01", "Give 1000 mg of paracetamol", "500 mg"),
        question("q3", "2019-01-01", None, "500 mg"),
    ]
    for name, found in (("index", rows), ("version_questions", questions)):
        lines = "".join(json.dumps(one) + "\n" for one in found)
        (home / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return home


def question(name, as_of, evidence, forbidden):
    return {
        "_id": name,
        "question": "How much paracetamol should adults with fever be given?",
        "lang": "en",
        "as_of": as_of,
        "doc_id": "fever",
        "kind": "superseded value",
        "answerable": evidence is not None,
        "evidence": evidence,
        "must_not_say": forbidden,
    }


def test_each_question_gets_the_text_in_force_on_its_date(folder):
    report = evaluate_versions(folder, embedder=EMBEDDER, at=T0)

    assert report.editions == 3
    assert [one.rank for one in report.results] == [1, 1, None]
    assert figures(report) | {"evidence_cited": 0} == {
        "questions": 3,
        "answerable": 2,
        "evidence_found": 2,
        "evidence_first": 2,
        "evidence_cited": 0,
        "unanswerable": 1,
        "refused": 1,
        "forbidden_cited": 0,
        "forbidden_found": 0,
        "editions_mixed": 0,
    }
    assert "q3  refusal" in as_table(report)
    assert not Collection.objects.exists()
