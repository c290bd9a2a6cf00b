"""Laws of the comparison, and what a reviewer wants to see in it."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.diffing import ChangeKind, WordOp, compare
from ingestion.diffing.words import mark_words


@dataclass(frozen=True)
class Passage:
    text: str
    section_path: tuple[str, ...]
    content_sha256: str = ""


DOSE = Passage("Start with 5 mg once a day.", ("Dose",))
RISK = Passage("Watch for sedation in older people.", ("Risk",))
STOP = Passage("Taper over several weeks before stopping.", ("Stopping",))

texts = st.text("ab \n5.", max_size=60)
passages = st.lists(
    st.builds(Passage, texts, st.sampled_from([("A",), ("B",), ("A", "C")])), max_size=8
)


def kinds(old, new):
    return [(change.kind, change.path) for change in compare(old, new).sections]


@given(texts, texts)
def test_marks_spell_both_texts(old, new):
    marks = mark_words(old, new)

    assert "".join(mark.text for mark in marks if mark.op is not WordOp.INSERT) == old
    assert "".join(mark.text for mark in marks if mark.op is not WordOp.DELETE) == new


@given(passages)
def test_nothing_changed_when_an_edition_is_compared_with_itself(edition):
    assert compare(edition, edition).changes == ()


@given(passages, passages)
def test_every_word_of_both_editions_is_in_one_section(old, new):
    sections = compare(old, new).sections

    before = "".join(section.old_text for section in sections).split()
    after = "".join(section.new_text for section in sections).split()
    assert sorted("".join(before)) == sorted(
        "".join(p.text for p in old if p).replace(" ", "").replace("\n", "")
    )
    assert "".join(after) == "".join("".join(p.text.split()) for p in new)


@pytest.mark.timeout(20)
def test_comparison_ends_in_time_when_nothing_but_small_words_agree():
    old, new = "a\nb\n" * 1_000, "a\nc\n" * 1_000

    marks = mark_words(old, new)

    assert [mark.text for mark in marks] == [old, new]


@pytest.mark.timeout(120)  # of the wall; the machine may be shared
def test_comparison_ends_in_time_when_every_section_was_renamed_and_reworded():
    old, new = (
        [Passage(f"{word} {n} " * 20, (f"{word} {n}",)) for n in range(1_000)]
        for word in ("one", "other")
    )

    assert len(compare(old, new).sections) == 1_000  # by their numbers


def test_section_is_changed_when_one_number_is():
    new = Passage("Start with 10 mg once a day.", ("Dose",))

    (dose, risk) = compare([DOSE, RISK], [new, RISK]).sections

    assert (dose.kind, dose.numbers_changed) == (
        ChangeKind.CHANGED,
        (("5 mg", "10 mg"),),
    )
    assert [(mark.op, mark.text) for mark in dose.words] == [
        (WordOp.EQUAL, "Start with "),
        (WordOp.DELETE, "5 "),
        (WordOp.INSERT, "10 "),
        (WordOp.EQUAL, "mg once a day."),
    ]
    assert risk.kind is ChangeKind.UNCHANGED


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("at ≥90 MME/day now", "at ≥50 MME/day now", ("≥90 MME/day", "≥50 MME/day")),
        ("give 5 mg now", "give 5 g now", ("5 mg", "5 g")),
        ("give >3 days now", "give <3 days now", (">3 days", "<3 days")),
        (
            "for three days or less",
            "for seven days or less",
            ("three days or less", "seven days or less"),
        ),
        ("use 0.5 ml", "use 5 ml", ("0.5 ml", "5 ml")),
        ("2.5–5 mg daily", "2.5–10 mg daily", ("2.5–5 mg daily", "2.5–10 mg daily")),
        ("no limit", "no limit above 90 mg", ("", "above 90 mg")),
        ("coûte 43,89 € ici", "coûte 41,19 € ici", ("43,89 €", "41,19 €")),
    ],
)
def test_quantity_is_listed_when_number_unit_or_sign_changed(old, new, expected):
    (section,) = compare([Passage(old, ("A",))], [Passage(new, ("A",))]).sections

    assert section.numbers_changed == (expected,)


def test_section_is_moved_when_only_its_place_changed():
    assert kinds([DOSE, RISK, STOP], [STOP, DOSE, RISK]) == [
        (ChangeKind.MOVED, ("Stopping",)),
        (ChangeKind.UNCHANGED, ("Dose",)),
        (ChangeKind.UNCHANGED, ("Risk",)),
    ]


def test_section_is_moved_when_only_its_heading_changed():
    renamed = Passage(RISK.text, ("Harms",))

    (section,) = compare([RISK], [renamed]).sections

    assert (section.kind, section.old_path, section.path) == (
        ChangeKind.MOVED,
        ("Risk",),
        ("Harms",),
    )


def test_section_is_changed_when_it_was_renamed_and_reworded():
    reworded = Passage("Watch for sedation in frail older people.", ("Harms",))

    assert kinds([DOSE, RISK], [DOSE, reworded]) == [
        (ChangeKind.UNCHANGED, ("Dose",)),
        (ChangeKind.CHANGED, ("Harms",)),
    ]


def test_removed_section_stands_where_it_was():
    new = Passage("Offer naloxone to everyone at risk of overdose.", ("Naloxone",))

    assert kinds([DOSE, RISK, STOP], [DOSE, STOP, new]) == [
        (ChangeKind.UNCHANGED, ("Dose",)),
        (ChangeKind.REMOVED, ("Risk",)),
        (ChangeKind.UNCHANGED, ("Stopping",)),
        (ChangeKind.ADDED, ("Naloxone",)),
    ]
