"""The matrix of requirements says what is so: every test that it names exists."""

import ast
import dataclasses
import json
from functools import cache
from pathlib import Path

import pytest
from django.core.management import call_command

from audit.errors import RequirementsInvalid
from audit.requirements import Requirement, matrix, read

ROOT = Path(__file__).resolve().parents[3]
ROW = """
as_of = 2026-11-23
disclaimer = "Not legal advice."
[[requirement]]
id = "one"
source = "Source"
title = "Title"
status = "law"
does = "Something."
applies_from = "2026-01"
tests = ["tests/a/test_b.py::test_c"]
"""
REQUIREMENTS = matrix().requirements


@cache
def node_ids(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(f"{file}::{node.name}")
        if isinstance(node, ast.ClassDef):
            found |= {
                f"{file}::{node.name}::{one.name}"
                for one in node.body
                if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
            }
    return frozenset(found)


@pytest.mark.parametrize("row", REQUIREMENTS, ids=lambda row: row.id)
def test_every_named_test_exists(row: Requirement) -> None:
    missing = [one for one in row.tests if one not in node_ids(one.partition("::")[0])]
    assert missing == []


def test_rows_without_a_test_say_what_is_planned() -> None:
    for row in REQUIREMENTS:
        assert row.tests or row.planned
        assert row.is_held == (not row.planned)
    assert any(row.planned for row in REQUIREMENTS)


def test_values_are_frozen_and_the_text_says_that_it_is_no_legal_advice() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        REQUIREMENTS[0].title = "other"  # type: ignore[misc]
    assert "not legal advice" in matrix().disclaimer


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('status = "law"', 'status = "rumour"'),
        ('applies_from = "2026-01"', 'applies_from = "soon"'),
        ("tests = [", "planned = []\ntest = ["),
        ('tests = ["tests/a/test_b.py::test_c"]', ""),
        ("test_b.py::test_c", "test_b.py"),
        ('title = "Title"\n', ""),
        ("as_of = 2026-11-23", 'as_of = "2026"'),
        ('id = "one"', 'id = "One row"'),
        ("[[requirement]]", "[requirement"),
    ],
)
def test_matrix_is_refused_when_a_row_is_not_as_it_should_be(old, new) -> None:
    assert read(ROW).requirements[0].is_held
    with pytest.raises(RequirementsInvalid):
        read(ROW.replace(old, new))


def test_matrix_is_refused_when_an_id_comes_twice() -> None:
    with pytest.raises(RequirementsInvalid):
        read(ROW + ROW[ROW.index("[[") :])


def test_command_prints_rows_and_json(capsys) -> None:
    call_command("requirements")
    text = capsys.readouterr().out
    assert "164.312(b)" in text
    assert "not legal advice" in text
    assert "planned:" in text
    call_command("requirements", "--json")
    told = json.loads(capsys.readouterr().out)
    assert len(told["requirements"]) == len(REQUIREMENTS)
