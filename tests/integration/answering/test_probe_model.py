"""What a model server understands is found out, told, and on record."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.fakes import FakeModelServer, Mode
from tests.integration.answering.clinic import open_clinic, recorded

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])
READY = '{"ready": true}'


@pytest.fixture
def probe(settings, tmp_path, capsys):
    open_clinic(settings, tmp_path)

    def probe(server):
        settings.CLINRAG_MODEL_URL, settings.CLINRAG_MODEL_NAME = server, "tiny"
        call_command("probe_model", json=True)
        return json.loads(capsys.readouterr().out)

    return probe


@pytest.mark.parametrize(
    ("mode", "answer", "findings", "best"),
    [
        (Mode.OK, READY, ["followed", "followed", "followed"], "json_schema"),
        (Mode.NO_SCHEMA, READY, ["refused", "followed", "followed"], "json_object"),
        (Mode.PLAIN_ONLY, READY, ["refused", "refused", "followed"], "text"),
        (Mode.OK, "Certainly!", ["ignored", "ignored", "ignored"], "none"),
    ],
)
def test_formats_are_told_and_recorded(probe, mode, answer, findings, best):
    with FakeModelServer(answer, mode=mode) as server:
        told = probe(server.base_url)

    assert list(told["findings"].values()) == findings
    assert told["reply_format"] == best
    (entry,) = recorded("model.")
    assert entry["fields"]["findings"] == [list(p) for p in told["findings"].items()]
    assert entry["fields"]["server"] == server.base_url
    assert entry["fields"]["address_class"] == "local"


def test_nothing_is_recorded_when_the_server_is_not_there(probe):
    with (
        FakeModelServer(mode=Mode.STATUS, status=500) as server,
        pytest.raises(CommandError, match="model_unavailable"),
    ):
        probe(server.base_url)

    assert not recorded("model.")


def test_nothing_is_asked_when_there_is_no_server(probe):
    with pytest.raises(CommandError, match="no_model"):
        probe("")
