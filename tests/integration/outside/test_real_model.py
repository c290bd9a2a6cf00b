"""A real question to a real, tiny model: structured output, and what is left of it.

Opt-in (`CLINRAG_MODEL_TESTS=1`): it takes a minute on two idle cores. The model
cites badly and invents, which is what it is here for.
"""

import os

import pytest
from django.core.management import call_command

from audit.queries import entry
from clinrag.answering.answerers import ModelAnswerer
from clinrag.answering.queries import answer_view, sealed_answer
from clinrag.answering.types import Outcome
from clinrag.inference.client import ClientLimits, ModelClient
from clinrag.inference.structured import parse_draft
from clinrag.local.layout import open_data_directory
from clinrag.local.model import LocalModel
from clinrag.local.supervisor import Supervisor
from tests.integration.answering.clinic import ASKER, OLD, open_clinic, recorded

pytestmark = [
    pytest.mark.model_server,
    pytest.mark.timeout(900),
    pytest.mark.django_db(transaction=True, databases=["default", "keys"]),
    pytest.mark.skipif(
        os.environ.get("CLINRAG_MODEL_TESTS") != "1",
        reason="CLINRAG_MODEL_TESTS=1 asks a real model",
    ),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Its settings, while it runs."""
    data, lock = open_data_directory(tmp_path_factory.mktemp("model") / "data")
    supervisor, served = Supervisor(), LocalModel(data)
    try:
        served.start(supervisor)
        yield served.settings
    finally:
        supervisor.stop()
        lock.close()


@pytest.fixture
def clinic(transactional_db, settings, tmp_path, model):
    clinic = open_clinic(settings, tmp_path)
    clinic.put_in_force(OLD, "2016")
    client = ModelClient(
        model["CLINRAG_MODEL_URL"],
        model=model["CLINRAG_MODEL_NAME"],
        api_key=model["CLINRAG_MODEL_API_KEY"],
        limits=ClientLimits(total_seconds=600, silence_seconds=600),
    )
    clinic.serve(ModelAnswerer(client, max_tokens=160), fallback=True)
    return clinic


def test_answer_of_a_real_model_is_structured_checked_and_recorded(clinic):
    result = clinic.ask()

    (ended,) = recorded("answer.")
    sent = dict(ended["fields"]["parameters"])
    opened = sealed_answer(
        result.id, by=ASKER, at=clinic.now(), purpose="follow_up", surface="test"
    )
    print(result.outcome, result.reason, sent, opened.model_output)
    assert opened.model_output
    if not result.fallback_used:
        assert sent["response_format"] == "json_schema"
        assert sent["address_class"] == "local"
        draft = parse_draft(opened.model_output)
        in_prompt = [row for row in answer_view(result.id).retrieved if row.in_prompt]
        assert len(result.claims) <= len(draft.claims)
        assert in_prompt
    else:
        assert sent["fallback_because"].startswith("model_")
    for claim in result.claims:
        assert all(
            citation.quote in " ".join(OLD.split()) for citation in claim.citations
        )
    assert entry(result.entry_id)
    assert result.outcome in set(Outcome)


def test_real_server_is_probed(clinic, model, settings, capsys):
    for name, value in model.items():
        if name in {"CLINRAG_MODEL_URL", "CLINRAG_MODEL_NAME", "CLINRAG_MODEL_API_KEY"}:
            setattr(settings, name, value)
    settings.CLINRAG_MODEL_TIMEOUT_SECONDS = 600.0
    call_command("probe_model")

    (probed,) = recorded("model.")
    findings = dict(probed["fields"]["findings"])
    print(capsys.readouterr().out)
    assert findings["json_schema"] == "followed"
    assert probed["fields"]["reply_format"] == "json_schema"
