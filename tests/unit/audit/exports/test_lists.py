"""Lists: no formula in a cell, one line an entry, exact bytes in the JSON."""

import csv
import io
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.actors import Actor, ActorKind
from audit.exports.lists import ENTRY_COLUMNS, csv_line, csv_lines, entry_lines
from audit.queries import EntryView

BODY = b'{"fields":{"app":"=HYPERLINK(1)"},"id":"x"}'


def entry(name: str = "Ada") -> EntryView:
    return EntryView(
        index=7,
        id=UUID(int=7),
        type="query.received",
        at=datetime(2026, 11, 23, tzinfo=UTC),
        actor=Actor(ActorKind.APP, "key:1", name, "api_key"),
        fields={"app": "=HYPERLINK(1)", "purpose": "care"},
        leaf_hash=b"\x01" * 32,
        entry_bytes=BODY,
        has_sealed=True,
    )


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＠x"]
)
def test_formula_is_disarmed(text):
    (row,) = csv.reader(io.StringIO(csv_line([text, "plain"]), newline=""))
    assert row == [f"'{text}", "plain"]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_any_cells_are_read_back(cells):
    line = csv_line(cells)
    if any("\x00" in cell for cell in cells):
        return
    (row,) = csv.reader(io.StringIO(line, newline=""))
    assert [cell.removeprefix("'") for cell in row] == [
        cell.removeprefix("'") for cell in cells
    ]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_numbers_stay_numbers():
    assert csv_line([-7, None, True]) == "-7,,True\r\n"


def test_entries_as_csv_have_their_columns_and_no_formula():
    lines = list(entry_lines([entry("=cmd|' /C calc'!A0")], form="csv"))
    header, row = csv.reader(io.StringIO("".join(lines), newline=""))
    assert tuple(header) == ENTRY_COLUMNS
    told = dict(zip(header, row, strict=True))
    assert told["actor_name"].startswith("'=")
    assert told["told"].startswith("'=")


def test_entries_as_json_hold_their_exact_bytes():
    (line,) = entry_lines([entry()], form="jsonl")
    assert line.endswith("\n")
    assert BODY.decode() in line
    assert json.loads(line)["index"] == 7


def test_list_without_rows_has_its_header():
    assert list(csv_lines(("a", "b"), [])) == ["a,b\r\n"]
