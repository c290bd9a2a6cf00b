"""Promise 6: every answer can be replayed, and verified offline with public keys."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import audit.offline
from audit import queries as ledger
from audit.models import ClosedQuery
from audit.offline.bundle import build_zipapp
from clinrag.answering.answerers import ExtractiveAnswerer
from clinrag.answering.errors import RecordedFailure
from clinrag.answering.grounding import check_claims
from clinrag.answering.models import Answer, AnswerPassage, PromptTemplate
from clinrag.answering.prompts import Template, build_prompt
from clinrag.answering.queries import answer_view, sealed_answer
from clinrag.answering.types import Verdict
from clinrag.inference.errors import ModelUnavailable
from clinrag.inference.types import DraftAnswer, DraftCitation, DraftClaim
from ingestion.queries import passages_by_placement, version_text
from tests.integration.answering.clinic import (
    ASKER,
    GOOD_OLD,
    NEW,
    Clinic,
    ScriptedAnswerer,
    claims,
    running_clinic,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

VERIFY = """
import json, sys
sys.path.insert(0, sys.argv[1])
from audit import offline
given = json.load(sys.stdin)
tree = offline.verify_inclusion(
    given["note"], given["vkey"], bytes.fromhex(given["entry"]),
    index=given["index"], path=[bytes.fromhex(step) for step in given["path"]],
)
assert offline.__file__.startswith(sys.argv[1])
assert not any(name.startswith("django") for name in sys.modules)
print(tree.size)
"""


@pytest.fixture
def clinic(transactional_db, settings, tmp_path) -> Clinic:
    """Two editions, and a question for every kind of ending."""
    clinic = running_clinic(settings, tmp_path)
    then = clinic.now()
    clinic.put_in_force(NEW, "2022")
    extractive = ExtractiveAnswerer(clinic.services.embedder)
    clinic.serve(extractive)
    clinic.ask()
    clinic.ask(as_of=then)
    clinic.ask("Which antiviral treats influenza in pregnancy?")
    clinic.ask("Write a poem about opioids.")
    clinic.ask("May Mr Gorbag get opioid pain medication and benzodiazepines together?")
    clinic.serve(ScriptedAnswerer(GOOD_OLD))
    clinic.ask(as_of=then)
    clinic.serve(
        ScriptedAnswerer(claims(("Naloxone 7 mg.", "avoid increasing dosage")))
    )
    clinic.ask(as_of=then)
    clinic.serve(ScriptedAnswerer(ModelUnavailable()))
    with pytest.raises(RecordedFailure):
        clinic.ask()
    return clinic


def sealed(clinic: Clinic, answer: Answer):
    return sealed_answer(
        answer.id, by=ASKER, at=clinic.now(), purpose="audit_review", surface="test"
    )


def released(clinic: Clinic):
    """Each released answer with its words."""
    rows = Answer.objects.filter(state="released")
    assert rows.count() >= 3
    return [(answer, sealed(clinic, answer)) for answer in rows]


def verify_offline(verifier: Path, vkey: str, entry_id) -> None:
    """In a process that has the one file, the evidence and the public key."""
    proof = ledger.inclusion_proof(entry_id)
    given = {
        "note": proof.checkpoint,
        "vkey": vkey,
        "entry": ledger.entry(entry_id).entry_bytes.hex(),
        "index": proof.index,
        "path": [step.hex() for step in proof.path],
    }
    done = subprocess.run(
        [sys.executable, "-I", "-c", VERIFY, str(verifier)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > proof.index


def test_each_question_has_exactly_one_end(clinic):
    answers = list(Answer.objects.all())
    assert len(answers) == 8
    for answer in answers:
        (closed,) = ClosedQuery.objects.filter(query_id=answer.query_entry_id)
        end = ledger.entry(closed.entry_id)
        assert closed.entry_id == answer.entry_id
        assert end.type == f"answer.{answer.state}"
        assert end.fields["answer_id"] == str(answer.id)
        assert end.leaf_hash == bytes(answer.leaf_hash)


def test_each_end_is_proved_by_the_offline_verifier_alone(clinic, tmp_path):
    vkey = clinic.sign()
    verifier = tmp_path / "verifier.pyz"
    build_zipapp(verifier)
    for answer in Answer.objects.filter(state="released")[:2]:
        verify_offline(verifier, vkey, answer.query_entry_id)
        verify_offline(verifier, vkey, answer.entry_id)


def test_offline_verifier_objects_when_the_entry_is_altered(clinic):
    vkey = clinic.sign()
    answer = Answer.objects.filter(state="released").first()
    proof = ledger.inclusion_proof(answer.entry_id)
    entry = ledger.entry(answer.entry_id).entry_bytes
    altered = entry.replace(b"answered", b"answerex")
    assert altered != entry
    with pytest.raises(audit.offline.Rejected):
        audit.offline.verify_inclusion(
            proof.checkpoint, vkey, altered, index=proof.index, path=proof.path
        )


def test_each_citation_resolves_to_the_words_it_quotes(clinic):
    for answer, words in released(clinic):
        rows = answer_view(answer.id).citations
        said = [(c, claim) for claim in words.result.claims for c in claim.citations]
        assert len(rows) == len(said) > 0
        for row, (citation, claim) in zip(rows, said, strict=True):
            text = version_text(row.version_id)
            assert text[row.char_start : row.char_end] == citation.quote
            assert (row.chunk_id, row.number) == (citation.chunk_id, citation.number)
            assert claim.verdict is row.verdict is Verdict.SUPPORTED


def test_each_citation_is_of_text_that_was_in_force_and_in_the_prompt(clinic):
    for answer, words in released(clinic):
        view = answer_view(answer.id)
        in_prompt = {(r.version_id, r.chunk_id) for r in view.retrieved if r.in_prompt}
        assert {(c.version_id, c.chunk_id) for c in view.citations} <= in_prompt
        for citation in words.result.citations:
            assert citation.in_force_from <= answer.as_of


def test_no_answer_mixes_two_editions(clinic):
    for answer, _ in released(clinic):
        passages = AnswerPassage.objects.filter(answer=answer)
        assert len(set(passages.values_list("version_id", flat=True))) == 1


def test_each_prompt_is_the_one_whose_hash_is_recorded(clinic):
    prompted = Answer.objects.exclude(prompt_sha256=None)
    assert prompted.count() >= 6
    for answer in prompted:
        prompt = sealed(clinic, answer).prompt
        digest = hashlib.sha256(prompt.encode()).hexdigest()
        fields = ledger.entry(answer.entry_id).fields
        assert digest == answer.prompt_sha256 == fields["prompt_sha256"]


def test_each_prompt_can_be_made_again_from_the_record_and_the_corpus(clinic):
    for answer in Answer.objects.exclude(prompt_sha256=None):
        rows = answer.passages.filter(in_prompt=True).order_by("rank")
        places = list(rows.values_list("version_chunk_id", flat=True))
        name, _, version = answer.template.partition("/")
        kept = PromptTemplate.objects.get(name=name, version=version)
        again = build_prompt(
            Template(kept.name, kept.version, kept.text, kept.sha256),
            question=sealed(clinic, answer).masked_question,
            passages=passages_by_placement(places),
            budget_tokens=10**6,
        )
        assert again.sha256 == answer.prompt_sha256


def test_each_verdict_can_be_reached_again_from_prompt_and_answer(clinic):
    for answer, words in released(clinic):
        rows = answer.passages.filter(in_prompt=True).order_by("rank")
        places = list(rows.values_list("version_chunk_id", flat=True))
        numbers = {row.chunk_id: n for n, row in enumerate(rows, start=1)}
        name, _, version = answer.template.partition("/")
        kept = PromptTemplate.objects.get(name=name, version=version)
        prompt = build_prompt(
            Template(kept.name, kept.version, kept.text, kept.sha256),
            question=words.masked_question,
            passages=passages_by_placement(places),
            budget_tokens=10**6,
        )
        draft = DraftAnswer(
            tuple(
                DraftClaim(
                    claim.text,
                    tuple(
                        DraftCitation(numbers[c.chunk_id], c.quote)
                        for c in claim.citations
                    ),
                )
                for claim in words.result.claims
            ),
            abstained=False,
        )
        grounding = check_claims(draft, prompt.passages)
        assert set(grounding.verdicts) == {"supported"}


def test_each_answer_names_the_corpus_it_was_given_from(clinic):
    for answer in Answer.objects.exclude(prompt_sha256=None):
        change = ledger.entry(answer.corpus_position)
        assert change.type == "version.activated"
