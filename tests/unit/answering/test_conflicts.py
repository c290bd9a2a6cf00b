"""Sentences that contradict each other are told from those that only look alike.

The pairs are real sentences, judged by hand before they were compared, but the rules
were mended by the same pairs: the figures say what is lost and what is told in vain on
these, not what to expect of others. `-s` prints them.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from clinrag.answering.foresight.conflicts import Statement, compared, statements_of
from clinrag.answering.foresight.types import Conflict
from tests.unit.answering.evidence import retrieved

DATA = Path(__file__).parents[2] / "data/conflicts"
FLOOR_PRECISION = 0.8
FLOOR_RECALL = 0.9


def rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


SAID = {row["id"]: row for row in rows("statements.jsonl")}
PAIRS = rows("pairs.jsonl")


def said(key: str) -> list[Statement]:
    return told(SAID[key]["text"], SAID[key]["title"], SAID[key]["heading"])


def told(
    text: str, title: str = "Opioids for back pain", heading: str = ""
) -> list[Statement]:
    path = (heading,) if heading else ()
    passage = retrieved(text, document_title=title, section_path=path)
    return list(statements_of(passage))


def found(ours: list[Statement], theirs: list[Statement]) -> list[Conflict]:
    return [
        conflict
        for one in ours
        if one.says_something
        for other in theirs
        for conflict in compared(one, other)
    ]


def test_real_conflicts_are_found_and_few_others():
    counted: Counter[tuple[str, bool]] = Counter()
    for pair in PAIRS:
        is_found = bool(found(said(pair["ours"]), said(pair["theirs"])))
        counted[pair["label"], is_found] += 1
    right = counted["conflict", True]
    precision = right / sum(
        count for (_, is_found), count in counted.items() if is_found
    )
    recall = right / (right + counted["conflict", False])
    print(f"\nprecision {precision:.2f}, recall {recall:.2f} on {len(PAIRS)} pairs")
    for label in ("conflict", "agree", "different"):
        yes, no = counted[label, True], counted[label, False]
        print(f"  {label:<9} told {yes:>3}  not told {no:>3}")
    assert precision >= FLOOR_PRECISION
    assert recall >= FLOOR_RECALL


def test_the_set_holds_pairs_of_every_kind_and_each_says_where_it_stands():
    labels = Counter(pair["label"] for pair in PAIRS)
    assert min(labels[one] for one in ("conflict", "agree", "different")) >= 15
    assert all(row["origin"].endswith(".md") for row in SAID.values())
    used = {pair[side] for pair in PAIRS for side in ("ours", "theirs")}
    assert used == set(SAID)


@pytest.mark.parametrize(
    ("ours", "theirs", "is_conflict"),
    [
        ("Stop opioids after 3 days.", "Stop opioids after 7 days.", True),
        ("Stop opioids after 3 days.", "Stop opioids after 2 to 4 days.", False),
        ("Opioids above 90 mg harm.", "Keep opioids below 120 mg.", True),
        ("Opioids above 120 mg harm.", "Keep opioids below 90 mg.", False),
        ("Opioids above 90 mg harm.", "Opioids above 120 mg harm.", True),
        ("Opioids of 1 g harm the liver.", "Opioids of 1000 mg harm it.", False),
        ("Opioids above 90 mg harm.", "Opioids above 90 mg harm, we say.", False),
        ("Opioids above 90 mg harm.", "Naloxone above 120 mg helps.", False),
    ],
)
def test_amounts_conflict_unless_there_is_room_for_both(ours, theirs, is_conflict):
    assert bool(found(told(ours), told(theirs))) is is_conflict
