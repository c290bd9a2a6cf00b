"""What is set for the local set-up, in the environment or its file, is honoured."""

import os
from pathlib import Path

import pytest

from clinrag import env
from clinrag.local.layout import DataDirectory, open_data_directory, write_private
from clinrag.local.stack import Stack


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataDirectory:
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CLINRAG_") and name != "DATABASE_URL"
    }
    monkeypatch.setattr(os, "environ", plain)
    opened, lock = open_data_directory(tmp_path / "data")
    lock.close()
    return opened


def processes(data: DataDirectory) -> dict[str, dict[str, str]]:
    return {plan.name: plan.environment for plan in Stack(data)._plans()}


def test_anchoring_runs_when_the_settings_file_names_a_folder(
    data: DataDirectory,
) -> None:
    env.load_file(data.settings_file)
    assert "anchoring" not in processes(data)
    write_private(data.settings_file, "CLINRAG_ANCHOR_FOLDER=/srv/anchors\n")
    env.load_file(data.settings_file)
    found = processes(data)
    assert found["anchoring"]["CLINRAG_ANCHOR_FOLDER"] == "/srv/anchors"
    assert found["web"]["CLINRAG_ANCHOR_FOLDER"] == "/srv/anchors"


def test_environment_wins_over_the_settings_file(data: DataDirectory) -> None:
    os.environ["CLINRAG_ANCHOR_FOLDER"] = "/elsewhere"
    write_private(data.settings_file, "CLINRAG_ANCHOR_FOLDER=/srv/anchors\n")
    env.load_file(data.settings_file)
    assert processes(data)["anchoring"]["CLINRAG_ANCHOR_FOLDER"] == "/elsewhere"


@pytest.mark.parametrize("name", ["CLINRAG_TIMESTAMP_URL", "CLINRAG_WITNESS_POLICY"])
def test_second_terminal_finds_who_vouches(data: DataDirectory, name: str) -> None:
    os.environ |= {name: "somewhere", "CLINRAG_MODEL_API_KEY": "secret"}
    Stack(data)._write_environment_file()
    written = data.environment_file.read_text(encoding="utf-8")
    assert f"{name}=somewhere\n" in written
    assert "secret" not in written


def test_settings_file_is_refused_when_others_may_read_it(data: DataDirectory) -> None:
    write_private(data.settings_file, "CLINRAG_ANCHOR_FOLDER=/srv/anchors\n")
    data.settings_file.chmod(0o640)
    with pytest.raises(env.BadSetting, match="chmod 600"):
        env.load_file(data.settings_file)
