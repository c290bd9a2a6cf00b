"""Every variable that is read stands in `deploy/env.sample`, and no other."""

import ast
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
OURS = re.compile(r"^(CLINRAG_[A-Z_]+|DATABASE_URL|REDIS_URL)$")


def names_read() -> set[str]:
    found: set[str] = set()
    for package in ("clinrag", "ingestion", "audit"):
        for file in (REPOSITORY / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                found |= names_in(node)
    return found


def names_in(node: ast.AST) -> set[str]:
    """Any string that looks like one of our variables is one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value} if OURS.match(node.value) else set()
    return set()


def names_documented() -> set[str]:
    sample = (REPOSITORY / "deploy" / "env.sample").read_text(encoding="utf-8")
    return set(re.findall(r"^#?([A-Z_]+)=", sample, flags=re.MULTILINE))


def test_env_sample_names_every_variable_that_is_read() -> None:
    assert names_read() - names_documented() == set()


def test_env_sample_names_no_variable_that_nobody_reads() -> None:
    assert names_documented() - names_read() == set()
