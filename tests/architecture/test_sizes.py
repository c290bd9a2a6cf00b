"""Small functions, small files: the figures of the house style, by the syntax tree."""

import ast
from pathlib import Path
from statistics import median, quantiles

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("audit", "ingestion", "clinrag")
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
MEDIAN_FUNCTION = 9
NINETIETH_PERCENTILE = 30


def source_files() -> list[Path]:
    return [
        file
        for package in PACKAGES
        for file in sorted((REPOSITORY / package).rglob("*.py"))
        if "migrations" not in file.parts
    ]


def function_lengths() -> dict[str, int]:
    found = {}
    for file in source_files():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                end = node.end_lineno or node.lineno
                name = f"{file.relative_to(REPOSITORY)}:{node.lineno}:{node.name}"
                found[name] = end - node.lineno + 1
    return found


@pytest.mark.parametrize(
    "file", source_files(), ids=lambda file: str(file.relative_to(REPOSITORY))
)
def test_file_is_short(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


def test_no_function_is_long() -> None:
    too_long = {
        name: n for name, n in function_lengths().items() if n > LONGEST_FUNCTION
    }
    assert too_long == {}


def test_most_functions_are_small() -> None:
    lengths = list(function_lengths().values())
    assert median(lengths) <= MEDIAN_FUNCTION
    assert quantiles(lengths, n=10)[-1] <= NINETIETH_PERCENTILE
