"""Promise 1: the answer's ledger entry is durable before its first byte leaves."""

import ast
import json
from pathlib import Path

import pytest
from django.db import connection, transaction

import clinrag
from audit.errors import InboxTooDeep, LedgerUnavailable
from clinrag.answering import pipeline
from clinrag.answering.errors import ModelFailed
from clinrag.answering.models import Answer
from clinrag.answering.sweeping import close_lost_answers
from clinrag.answering.tasks import SWEEPER
from clinrag.answering.types import Outcome
from clinrag.inference.errors import ModelUnavailable
from clinrag.inference.types import DraftAnswer
from tests.conftest import as_role
from tests.integration.answering.clinic import (
    GOOD_OLD,
    Clinic,
    ScriptedAnswerer,
    life,
    recorded,
    running_clinic,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

REFUSE_ENTRIES = """
CREATE FUNCTION test_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the disk is full'; END $$;
CREATE TRIGGER test_refuse BEFORE INSERT ON audit_inboxentry
    FOR EACH ROW EXECUTE FUNCTION test_refuse();
ALTER TABLE audit_inboxentry ENABLE ALWAYS TRIGGER test_refuse;
"""
ACCEPT_ENTRIES = """
DROP TRIGGER IF EXISTS test_refuse ON audit_inboxentry;
DROP FUNCTION IF EXISTS test_refuse();
"""


@pytest.fixture
def clinic(transactional_db, settings, tmp_path) -> Clinic:
    clinic = running_clinic(settings, tmp_path)
    clinic.serve(ScriptedAnswerer(GOOD_OLD))
    return clinic


def run_sql(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def ledger_can_break():
    yield lambda: run_sql(REFUSE_ENTRIES)
    run_sql(ACCEPT_ENTRIES)


@pytest.fixture
def outsider(postgres, transactional_db):
    """Another connection: it sees what is committed and nothing else."""
    with as_role(postgres, "clinrag_app") as other:
        yield lambda: [
            json.loads(bytes(row[0]))
            for row in other.execute("SELECT body FROM audit_inboxentry").fetchall()
        ]


def model_calls(clinic: Clinic) -> int:
    return len(clinic.services.answerer.prompts)


def test_reply_has_a_committed_entry_when_it_is_returned(clinic, outsider):
    result = clinic.ask()
    assert result.outcome is Outcome.ANSWERED
    (entry,) = [e for e in outsider() if e["id"] == str(result.entry_id)]
    assert entry["type"] == "answer.released"
    assert entry["fields"]["answer_id"] == str(result.id)


def test_refusal_has_a_committed_entry_when_it_is_returned(clinic, outsider):
    result = clinic.ask("Write a poem about opioids.")
    (entry,) = [e for e in outsider() if e["id"] == str(result.entry_id)]
    assert entry["type"] == "answer.refused"


def test_question_is_committed_and_no_transaction_open_when_the_model_is_called(
    clinic, outsider
):
    seen = []

    def model(prompt):
        seen.append([e["type"] for e in outsider() if e["type"] == "query.received"])
        seen.append(connection.in_atomic_block)
        return GOOD_OLD(prompt)

    clinic.serve(ScriptedAnswerer(model))
    clinic.ask()
    assert seen == [["query.received"], False]


def test_question_is_committed_when_the_corpus_is_searched(
    clinic, outsider, monkeypatch
):
    seen = []
    search = pipeline.retrieve

    def spy(query, **services):
        seen.extend(e["type"] for e in outsider() if e["type"] == "query.received")
        return search(query, **services)

    monkeypatch.setattr(pipeline, "retrieve", spy)
    clinic.ask()
    assert seen == ["query.received"]


def test_model_is_not_called_when_the_deployment_key_is_gone(clinic, settings):
    settings.CLINRAG_DEPLOYMENT_KEY_FILE.unlink()
    with pytest.raises(LedgerUnavailable):
        clinic.ask()
    assert (model_calls(clinic), life()) == (0, [])
    assert not Answer.objects.exists()


def test_model_is_not_called_when_the_inbox_is_full(clinic, settings):
    settings.CLINRAG_INBOX_LIMIT = 1
    with pytest.raises(InboxTooDeep):
        clinic.ask()
    assert (model_calls(clinic), life()) == (0, [])


def test_model_is_not_called_when_the_question_cannot_be_recorded(
    clinic, ledger_can_break
):
    ledger_can_break()
    with pytest.raises(LedgerUnavailable):
        clinic.ask()
    assert (model_calls(clinic), life()) == (0, [])
    assert not Answer.objects.exists()


def test_model_is_not_called_when_the_database_is_read_only(clinic):
    run_sql("SET default_transaction_read_only = on")
    try:
        with pytest.raises(LedgerUnavailable):
            clinic.ask()
    finally:
        run_sql("SET default_transaction_read_only = off")
    assert model_calls(clinic) == 0


def test_model_is_not_called_when_the_caller_holds_a_transaction(clinic):
    # What the caller could roll back would not be on record.
    with pytest.raises(RuntimeError), transaction.atomic():
        clinic.ask()
    assert (model_calls(clinic), life()) == (0, [])


@pytest.mark.parametrize(
    "script",
    [GOOD_OLD, lambda _: DraftAnswer((), abstained=True)],
    ids=["released", "refused"],
)
def test_nothing_leaves_when_the_ledger_breaks_while_the_model_works(
    clinic, ledger_can_break, script
):
    def model(prompt):
        ledger_can_break()
        return script(prompt)

    clinic.serve(ScriptedAnswerer(model))
    with pytest.raises(LedgerUnavailable):
        clinic.ask()
    answer = Answer.objects.get()
    assert (answer.state, answer.entry_id) == ("open", None)
    assert not answer.citations.exists()
    assert life() == ["query.received"]


def test_question_is_closed_later_when_its_end_could_not_be_recorded(
    clinic, ledger_can_break
):
    def model(prompt):
        ledger_can_break()
        return GOOD_OLD(prompt)

    clinic.serve(ScriptedAnswerer(model))
    with pytest.raises(LedgerUnavailable):
        clinic.ask()
    run_sql(ACCEPT_ENTRIES)
    clinic.sign()
    close_lost_answers(before=clinic.now(), by=SWEEPER, at=clinic.now())
    assert Answer.objects.get().state == "lost"


def test_failure_is_committed_when_it_is_raised(clinic, outsider):
    clinic.serve(ScriptedAnswerer(ModelUnavailable()))
    with pytest.raises(ModelFailed) as caught:
        clinic.ask()
    (entry,) = [e for e in outsider() if e["id"] == str(caught.value.entry_id)]
    assert entry["type"] == "answer.failed"


def test_rows_and_entry_are_one_when_storing_the_rows_fails(clinic, monkeypatch):
    from clinrag.answering import recording

    def broken(*_, **__):
        raise ValueError

    monkeypatch.setattr(recording, "write_rows", broken)
    with pytest.raises(ValueError):  # noqa: PT011 - the failure cannot be stored either
        clinic.ask()
    assert life() == ["query.received"]
    assert recorded("answer.") == []


# -- by structure: there is no other way to the model


def calls(attribute: str) -> set[str]:
    """Modules of the project that call a method of this name."""
    root = Path(clinrag.__file__).parent
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == attribute
    }


def imported_from(path: str, module: str) -> set[str]:
    """Names that a module of the project takes from another."""
    text = (Path(clinrag.__file__).parent / path).read_text("utf-8")
    return {
        alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }


def function(name: str) -> ast.FunctionDef:
    tree = ast.parse(Path(pipeline.__file__).read_text("utf-8"))
    return next(
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == name
    )


def called_in(node: ast.AST) -> list[str]:
    found = [
        (inner.lineno, inner.col_offset, inner.func.id)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name)
    ]
    return [name for _, _, name in sorted(found)]


def test_only_the_pipeline_drafts_and_only_its_answerer_completes():
    rehearsal = "answering/rehearsal.py"  # nobody's questions; a model's only if given
    replay = "answering/replay/drafting.py"  # an answer on record; nothing is released
    pipeline_alone, answerers = {"answering/pipeline.py"}, {"answering/answerers.py"}
    assert calls("draft") == pipeline_alone | {rehearsal, replay}
    assert calls("adraft") == pipeline_alone
    assert calls("complete") == answerers
    assert calls("acomplete") == answerers | {"inference/client.py"}  # its own wrapper
    assert imported_from(rehearsal, "clinrag.answering.answerers") == {
        "Answerer",  # a model is given by whoever evaluates one, on a set of questions
        "ExtractiveAnswerer",
    }


def test_the_way_to_the_model_begins_with_the_record():
    whole = called_in(function("answer_question"))
    assert whole == ["begin", "draft", "finish"]
    assert called_in(function("begin")) == ["receive", "prepare"]
    assert called_in(function("receive"))[-1] == "record_question"
    tree = ast.parse(Path(pipeline.__file__).read_text("utf-8"))
    makers = {node.name for node in tree.body if "Run" in called_in(node)}
    assert makers == {"receive"}
