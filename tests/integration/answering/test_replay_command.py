"""`manage.py replay` tells what came of it by its exit code, too."""

import json
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from tests.integration.answering.clinic import recorded

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def replay(capsys, *arguments: str) -> tuple[int, str]:
    code = 0
    try:
        call_command("replay", *arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, capsys.readouterr().out


def test_replay_exits_with_0_when_everything_is_the_same(clinic, capsys):
    answer = clinic.ask()
    code, out = replay(capsys, str(answer.id))
    assert code == 0
    assert "= prompt        The same " in out
    assert out.endswith("Every stage comes out the same.\n")
    assert recorded("content.disclosed")[-1]["fields"]["surface"] == "shell.replay"


def test_replay_exits_with_1_and_names_the_place_when_it_differs(
    clinic, capsys, monkeypatch
):
    answer = clinic.ask()
    monkeypatch.setattr("clinrag.retrieval.search.B", 0.1)
    code, out = replay(capsys, str(answer.id), "--json")
    said = json.loads(out)
    assert code == 1
    assert (said["outcome"], said["first_difference"]) == ("differs", "candidates")
    (stage,) = (one for one in said["stages"] if one["name"] == "candidates")
    assert stage["difference"]["place"] == "rank 1"


def test_replay_exits_with_2_when_it_cannot_be_run(clinic, capsys):
    assert replay(capsys, str(clinic.ask().id))[0] == 0
    with pytest.raises(CommandError) as refused:
        replay(capsys, str(uuid4()))
    assert refused.value.returncode == 2
    assert "unknown_answer" in str(refused.value)
