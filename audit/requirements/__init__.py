"""Law, standards and guidance that shaped this software, as dated data.

Promises that each row says what the source is, since when it applies, what the software
does about it, and by which tests that is held; a row without a test says so. A test
holds that every named test exists. It is orientation and no legal advice: whether a
source applies to somebody, and what it asks of him, a lawyer says.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from audit.errors import RequirementsInvalid

FILE: Final = Path(__file__).with_name("matrix.toml")
_DATE: Final = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_TEST: Final = re.compile(r"tests/[\w/]+\.py(::\w+){1,2}")
_NEEDED: Final = frozenset({"id", "source", "title", "status", "does"})
_KNOWN: Final = _NEEDED | {"applies_from", "remark", "tests", "planned"}


class Status(StrEnum):
    """What kind of source it is, at the date of the matrix."""

    LAW = "law"
    PROPOSAL = "proposal"
    DRAFT = "draft"
    STANDARD = "standard"
    GUIDANCE = "guidance"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row.

    `applies_from` is a year, a month or a day in ISO 8601, empty where none is known.
    `tests` are pytest's node ids; `planned` says what no test holds yet.
    """

    id: str
    source: str
    title: str
    status: Status
    applies_from: str
    remark: str
    does: str
    tests: tuple[str, ...]
    planned: tuple[str, ...]

    @property
    def is_held(self) -> bool:
        """Whether tests hold all of it."""
        return bool(self.tests) and not self.planned


@dataclass(frozen=True, slots=True)
class Matrix:
    """All rows, the day they were looked at, and what they are not."""

    as_of: date
    disclaimer: str
    requirements: tuple[Requirement, ...]


@cache
def matrix() -> Matrix:
    """The matrix that comes with the software. Raises RequirementsInvalid."""
    return read(FILE.read_text(encoding="utf-8"))


def read(text: str) -> Matrix:
    """A matrix from TOML. Raises RequirementsInvalid with the row's id."""
    try:
        found = tomllib.loads(text)
        rows = tuple(_row(row) for row in found["requirement"])
        as_of, disclaimer = found["as_of"], found["disclaimer"]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise RequirementsInvalid(type(error).__name__) from error
    if not isinstance(as_of, date) or len({row.id for row in rows}) < len(rows):
        raise RequirementsInvalid("a date, and each id once")
    return Matrix(as_of, str(disclaimer), rows)


def _row(row: dict[str, Any]) -> Requirement:
    name = str(row.get("id", ""))
    if not set(row) >= _NEEDED or not set(row) <= _KNOWN:
        raise RequirementsInvalid(name)
    tests, planned = tuple(row.get("tests", ())), tuple(row.get("planned", ()))
    applies_from = row.get("applies_from", "")
    is_dated = not applies_from or _DATE.fullmatch(applies_from)
    if not _ID.fullmatch(name) or not is_dated or row["status"] not in set(Status):
        raise RequirementsInvalid(name)
    if not (tests or planned) or not all(_TEST.fullmatch(test) for test in tests):
        raise RequirementsInvalid(name)
    return Requirement(
        id=name,
        source=row["source"],
        title=row["title"],
        status=Status(row["status"]),
        applies_from=applies_from,
        remark=row.get("remark", ""),
        does=row["does"],
        tests=tests,
        planned=planned,
    )
