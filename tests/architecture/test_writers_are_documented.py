"""Whatever writes says what it does, and is called by names past its first argument."""

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
WRITERS = [
    REPOSITORY / "audit/ledger.py",
    REPOSITORY / "audit/disclosure.py",
    REPOSITORY / "clinrag/access/actions.py",
    REPOSITORY / "clinrag/answering/pipeline.py",
    *sorted((REPOSITORY / "ingestion/actions").glob("[!_]*.py")),
]


def public_functions() -> list[tuple[str, ast.FunctionDef]]:
    return [
        (f"{file.relative_to(REPOSITORY)}:{node.name}", node)
        for file in WRITERS
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and is_public_writer(node)
    ]


def is_public_writer(function: ast.FunctionDef) -> bool:
    """Below the edge nothing reads the clock: what writes is told the time."""
    names = {argument.arg for argument in function.args.kwonlyargs}
    return not function.name.startswith("_") and bool(names & {"at", "now"})


@pytest.mark.parametrize(
    "function",
    [node for _, node in public_functions()],
    ids=[n for n, _ in public_functions()],
)
def test_writer_is_keyword_only_typed_and_documented(function: ast.FunctionDef) -> None:
    arguments = function.args
    assert len(arguments.posonlyargs) + len(arguments.args) <= 1
    assert function.returns is not None
    assert ast.get_docstring(function)
