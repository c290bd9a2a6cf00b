"""The command that measures the search: what it reads, prints and leaves behind."""

import gzip
import json
import shutil

import pytest
from django.core.management import CommandError, call_command

from clinrag.retrieval.evaluation import evaluate, read_evaluation_set
from ingestion.embedding import get_embedder
from ingestion.evaluation import OutsideTransaction, load_scratch_collection
from ingestion.models import Chunk, Collection, Document
from tests.factories.ingestion import T0
from tests.integration.retrieval.corpus import EMBEDDER

CORPUS = [
    {"_id": "d1", "title": "Warfarin", "text": "It is monitored by the INR."},
    {"_id": "d2", "title": "", "text": "Kidney stones hurt; drink water."},
    {"_id": "d3", "title": "", "text": "Asthma is treated with inhalers."},
]
QUERIES = [
    {"_id": "q1", "text": "How is warfarin monitored?"},
    {"_id": "q2", "text": "What helps against kidney stones?"},
    {"_id": "q3", "text": "Nobody judged this one."},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\n"


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "corpus.jsonl").write_text(lines(CORPUS))
    (tmp_path / "queries.jsonl").write_text(lines(QUERIES))
    (tmp_path / "qrels.tsv").write_text(QRELS)
    return tmp_path


def measure(folder, **options):
    given = read_evaluation_set(folder)
    return evaluate(given, embedder=EMBEDDER, language="en", at=T0, **options)


def one_that_finds_none(*_, **__):
    return {"none": lambda _: []}


@pytest.mark.django_db
def test_evaluate_measures_each_channel_over_the_judged_questions(folder):
    report = measure(folder)

    assert (report.passages, report.questions) == (3, 2)
    assert report.channels["lexical"].ndcg_at_10 == 1
    assert report.channels["fused"].recall_at_10 == 1
    assert set(report.channels) == {"vector", "lexical", "fused"}


@pytest.mark.django_db
def test_evaluate_asks_no_more_questions_than_it_is_told(folder):
    assert measure(folder, limit_queries=1).questions == 1


@pytest.mark.django_db
def test_evaluate_leaves_nothing_behind(folder):
    measure(folder)

    assert not Collection.objects.exists()
    assert not Document.objects.exists()
    assert not Chunk.objects.exists()


@pytest.mark.django_db
def test_evaluate_reads_compressed_files_and_nested_judgements(folder):
    plain = measure(folder)
    (folder / "corpus.jsonl").unlink()
    (folder / "qrels.tsv").unlink()
    with gzip.open(folder / "corpus.jsonl.gz", "wt") as file:
        file.write(lines(CORPUS))
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text(QRELS)

    assert measure(folder).channels == plain.channels


@pytest.mark.django_db
def test_command_prints_one_json_object_when_asked(folder, capsys, monkeypatch):
    monkeypatch.setattr(
        "clinrag.retrieval.management.commands.evaluate_retrieval.get_embedder",
        lambda: EMBEDDER,
    )
    call_command("evaluate_retrieval", str(folder), "--json")
    printed = json.loads(capsys.readouterr().out)
    call_command("evaluate_retrieval", str(folder))
    table = capsys.readouterr().out.splitlines()

    (measured,) = printed["sets"].values()
    assert measured["channels"]["lexical"]["ndcg_at_10"] == 1
    assert [line.split()[0] for line in table[1:]] == ["channel", *measured["channels"]]


@pytest.mark.django_db
def test_command_compares_on_questions_not_fitted_on_when_asked(
    folder, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(
        "clinrag.retrieval.management.commands.evaluate_retrieval.get_embedder",
        lambda: EMBEDDER,
    )
    monkeypatch.setattr("clinrag.retrieval.evaluation.baselines", one_that_finds_none)
    other = tmp_path / "other"
    shutil.copytree(folder, other)

    call_command("evaluate_retrieval", str(folder), str(other), "--baselines", "--json")
    printed = json.loads(capsys.readouterr().out)

    fitted_on = [one["fitted_on"] for one in printed["held_out"]]
    assert fitted_on == ["half 1"] * 2 + ["half 2"] * 2 + ["other", folder.name]
    assert sum(one["questions"] for one in printed["held_out"][::2][:2]) == 2
    assert printed["sets"]["other"]["ahead"]["none"]["mean"] == 1


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("queries.jsonl", '{"_id": "q1", "text": "x"}\nrubbish\n', "line 2"),
        ("queries.jsonl", '{"_id": 5, "text": "x"}\n', "line 1"),
        ("corpus.jsonl", '{"_id": "d1"}\n', "line 1"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1 d1 2\n", "line 2"),
    ],
)
def test_command_names_file_and_line_when_a_file_is_malformed(
    folder, file, content, told
):
    (folder / file).write_text(content)

    with pytest.raises(CommandError, match=f"{file}, {told}"):
        call_command("evaluate_retrieval", str(folder))


def test_command_names_the_file_when_one_is_missing(folder):
    (folder / "corpus.jsonl").unlink()

    with pytest.raises(CommandError, match=r"corpus\.jsonl"):
        call_command("evaluate_retrieval", str(folder))


@pytest.mark.django_db(transaction=True)
def test_load_scratch_collection_refuses_to_work_outside_a_transaction():
    with pytest.raises(OutsideTransaction):
        load_scratch_collection([], language="en", embedder=EMBEDDER, at=T0)


def test_get_embedder_gives_one_embedder_per_process():
    """The command measures with the embedder that production uses."""
    assert get_embedder() is get_embedder()
