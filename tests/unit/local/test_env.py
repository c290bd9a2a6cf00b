"""Variables are read with their type, or refused with a hint and without their value."""

from pathlib import Path

import pytest

from clinrag import env


def test_database_reads_socket_folder_and_escaped_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOME_URL", "postgresql://me:p%40ss@/db?host=/run/a%20b")
    assert env.database("SOME_URL") == {
        "ENGINE": "clinrag.database",
        "NAME": "db",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "/run/a b",
        "PORT": "",
        "OPTIONS": {},
    }


@pytest.mark.parametrize("value", ["mysql://me:secret@h/db", "secret", "sqlite:///x"])
def test_database_refuses_what_is_not_postgresql_and_keeps_it_secret(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOME_URL", value)
    with pytest.raises(env.BadSetting) as refused:
        env.database("SOME_URL")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("no", False), ("", False)]
)
def test_flag_reads_yes_and_no(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    monkeypatch.setenv("SOME_FLAG", value)
    assert env.flag("SOME_FLAG", default=True) is expected


@pytest.mark.parametrize("value", ["maybe", "2", "oui"])
def test_flag_refuses_anything_else(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOME_FLAG", value)
    with pytest.raises(env.BadSetting):
        env.flag("SOME_FLAG", default=True)


@pytest.mark.parametrize("value", ["ten", "-1", "1.5"])
def test_integer_refuses_what_is_not_a_natural_number(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOME_NUMBER", value)
    with pytest.raises(env.BadSetting):
        env.integer("SOME_NUMBER", 3)


def test_file_fills_in_what_is_not_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "env"
    file.write_text("# a comment\nSOME_SET=file\nSOME_UNSET=a=b\n")
    file.chmod(0o600)
    monkeypatch.setenv("SOME_SET", "environment")
    monkeypatch.delenv("SOME_UNSET", raising=False)
    env.load_file(file)
    assert (env.text("SOME_SET"), env.text("SOME_UNSET")) == ("environment", "a=b")
    monkeypatch.delenv("SOME_UNSET")


def test_file_is_refused_when_others_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("SOME=1\n")
    file.chmod(0o644)
    with pytest.raises(env.BadSetting):
        env.load_file(file)
