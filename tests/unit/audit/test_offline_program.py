"""The verifier as one file and on the command line."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from audit.offline import bundle
from audit.offline.cli import main
from tests.unit.audit.folder_logs import ORIGIN, FolderLog, Key, path_of, some_entries


def test_nothing_is_said_about_a_log_that_could_not_be_read(capsys, tmp_path):
    status = main(["fsck", str(tmp_path / "away"), "--vkey", Key(ORIGIN).vkey])
    assert status == 3
    assert capsys.readouterr().out.splitlines()[0] == "fsck: no verdict"


class TestProgram:
    def test_it_is_one_file_that_runs_alone(self, tmp_path):
        bundle.build_zipapp(tmp_path / "verifier.pyz")
        log = FolderLog(some_entries(3))
        folder = log.write(tmp_path / "log")
        command = [tmp_path / "verifier.pyz", "fsck", folder, "--vkey", log.key.vkey]
        done = subprocess.run(
            [sys.executable, "-I", *command],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert "fsck: holds" in done.stdout

    def test_its_bytes_are_the_same_each_time(self):
        assert bundle.zipapp_bytes() == bundle.zipapp_bytes()
        assert bundle.zipapp_bytes().startswith(b"#!/usr/bin/env python3\nPK")

    def test_its_bytes_are_the_same_whatever_text_the_machine_writes(self):
        telling = "import audit.offline.bundle as b; print(b.zipapp_bytes().hex())"
        done = subprocess.run(
            [sys.executable, "-X", "utf8=0", "-c", telling],
            cwd=Path(bundle.__file__).parents[2],
            env=os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert bytes.fromhex(done.stdout) == bundle.zipapp_bytes()

    def test_it_says_what_it_needs_when_cryptography_is_missing(self, tmp_path):
        bundle.build_zipapp(tmp_path / "verifier.pyz")
        (tmp_path / "cryptography.py").write_text("raise ImportError\n")
        log = FolderLog(some_entries(3))
        folder = log.write(tmp_path / "log")
        start = (
            "import sys, runpy; sys.path.insert(0, sys.argv.pop(1));"
            "runpy.run_path(sys.argv.pop(1), run_name='__main__')"
        )
        command = [tmp_path, tmp_path / "verifier.pyz", "fsck", folder]
        done = subprocess.run(
            [sys.executable, "-c", start, *command, "--vkey", log.key.vkey],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 4, done.stderr
        assert "pip install cryptography" in done.stdout

    def test_it_tells_people_too_and_keeps_the_log_s_words_off_the_terminal(
        self, capsys, tmp_path
    ):
        key = Key("red\x7f\u202e.example")
        log = FolderLog(some_entries(3), key)
        folder = log.write(tmp_path / "log")
        assert main(["fsck", str(folder), "--vkey", key.vkey]) == 0
        told = capsys.readouterr().out
        assert told.startswith("fsck: holds\n")
        assert "origin: red\\u007f\\u202e.example\n" in told
        assert "warnings" not in told, "nothing is said of what there is none of"
        (folder / path_of("entries", 0, 3)).write_bytes(struct.pack(">H", 9))
        assert main(["fsck", str(folder), "--vkey", key.vkey]) == 1
        told = capsys.readouterr().out
        assert "DOES NOT HOLD" in told
        assert "index: 0" in told

    @pytest.mark.parametrize(
        "arguments",
        [[], ["fsck"], ["what"], ["fsck", "x", "--vkey", "y", "--jobs", "0"],
         ["fsck", "x", "--vkey", "y", "--minimum-index", "٣"],
         ["fsck", "x", "--vkey", "y", "--jobs", "9" * 99],
         ["monitor", "x", "--vkey", "y", "--state", "z", "--max-age", "1s"]],
    )  # fmt: skip
    def test_it_says_how_it_is_used_when_it_is_not(self, arguments, capsys):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
        assert capsys.readouterr().err.startswith("usage: audit.offline ")

    def test_it_says_what_it_is_and_how_it_ends(self, capsys, monkeypatch):
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as stopped:
            main(["--help"])
        assert stopped.value.code == 0
        told = capsys.readouterr().out.splitlines()
        assert (
            "usage: audit.offline [-h] {proof,consistency,fsck,export,monitor} ..."
            in told
        )
        assert "Checks a ClinRAG ledger with public keys and nothing else." in told
        assert ["fsck", "A", "whole", "log."] in [line.split() for line in told]
        assert told[-1] == (
            "Exit codes: 0 holds, 1 does not hold, 2 malformed, 3 unreadable,"
            " 4 Python package `cryptography` missing."
        )

    def test_an_interrupted_run_is_no_verdict(self, capsys, monkeypatch, tmp_path):
        def interrupt(_place, *, authorization):
            raise KeyboardInterrupt

        monkeypatch.setattr("audit.offline.commands.open_log", interrupt)
        assert main(["fsck", str(tmp_path), "--vkey", Key("x").vkey]) == 130
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize(
        ("option", "least", "most", "why"),
        [("--jobs", "1", "64", "not a number of processes"),
         ("--minimum-index", "0", "9" * 18, "not a number")],
    )  # fmt: skip
    def test_a_number_has_its_limits(
        self, run, capsys, tmp_path, option, least, most, why
    ):
        log = FolderLog(some_entries(3))
        given = ("fsck", log.write(tmp_path / "log"), "--vkey", log.key.vkey, option)
        for number in (least, most):
            assert run(*given, number)["holds"]
        for number in (str(int(least) - 1), str(int(most) + 1), "", "1.5", "٣"):
            with pytest.raises(SystemExit) as stopped:
                run(*given, number)
            assert stopped.value.code == 2
            assert f"argument {option}: not a number" in capsys.readouterr().err
        with pytest.raises(SystemExit):
            run(*given, str(int(most) + 1))
        assert f"argument {option}: {why}\n" in capsys.readouterr().err

    def test_a_fault_of_its_own_is_no_verdict(self, run, monkeypatch, tmp_path):
        def fail(_place, *, authorization):
            raise ZeroDivisionError

        monkeypatch.setattr("audit.offline.commands.open_log", fail)
        found = run("fsck", tmp_path, "--vkey", Key("x").vkey)
        assert (found["status"], found["code"]) == (3, "fault")
        assert found["command"] == "fsck"
        assert found["message"] == "the verifier failed: ZeroDivisionError"
        assert (found["layer"], found["index"]) == (None, None)
