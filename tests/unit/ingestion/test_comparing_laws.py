"""Laws that hold for any two editions."""

import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.diffing import ChangeKind, WordOp, compare
from tests.factories.paragraphs import Passage, edited, guideline

TOLD = {ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED}


WORDS = """
give offer do not avoid metoprolol adults at least 5 mg 10 100 to 200 ml ≥ 90 18 years
or over twice daily for 7 days should may only unless 1,000 0.5 2 g
"""
words = st.sampled_from([*WORDS.split(), "2\u00a0g"])
sentences = st.lists(words, min_size=1, max_size=9).map(lambda w: " ".join(w) + ". ")
texts = st.lists(sentences, min_size=1, max_size=5).map("".join)
paths = st.sampled_from(
    [("A",), ("B",), ("A", "Recommendation 1"), ("A", "Recommendation 2"), ()]
)
editions = st.lists(st.builds(Passage, texts, paths), max_size=5)


def spelt(marks, but):
    return "".join(mark.text for mark in marks if mark.op is not but)


@settings(deadline=None)
@given(editions, editions)
def test_marks_of_sections_and_sentences_spell_both_texts(old, new):
    for section in compare(old, new).sections:
        if section.kind is not ChangeKind.UNCHANGED:
            assert spelt(section.words, WordOp.INSERT) == section.old_text
            assert spelt(section.words, WordOp.DELETE) == section.new_text
        assert "".join(one.old_text for one in section.sentences) == section.old_text
        assert "".join(one.new_text for one in section.sentences) == section.new_text
        for one in section.sentences:
            assert spelt(one.words, WordOp.INSERT) == one.old_text
            assert spelt(one.words, WordOp.DELETE) == one.new_text
            assert section.old_text[slice(*one.old_span)] == one.old_text
            assert section.new_text[slice(*one.new_span)] == one.new_text


@settings(deadline=None)
@given(editions)
def test_nothing_is_told_when_the_editions_are_the_same(edition):
    found = compare(edition, edition)

    assert (found.changes, found.risks) == ((), ())


@settings(deadline=None)
@given(editions)
def test_nothing_is_told_when_only_spaces_are_others(edition):
    respaced = [
        Passage(one.text.replace(" ", "\u00a0").replace(". ", ".\n"), one.section_path)
        for one in edition
    ]

    assert compare(edition, respaced).changes == ()


@settings(deadline=None)
@given(editions, editions)
def test_added_and_removed_change_places_when_the_editions_do(old, new):
    there, back = compare(old, new), compare(new, old)

    added = Counter(one.new_text for one in there.sections if one.kind == "added")
    removed = Counter(one.old_text for one in back.sections if one.kind == "removed")
    assert added.total() == removed.total()


@settings(deadline=None)
@given(editions, editions)
def test_every_number_that_changed_stands_among_the_risks(old, new):
    found = compare(old, new)
    for number, section in enumerate(found.sections):
        risks = [risk for risk in found.risks if risk.section == number]
        was = digits(" ".join(risk.old for risk in risks))
        now = digits(" ".join(risk.new for risk in risks))
        for one in section.sentences:
            if one.kind in TOLD:
                before, after = digits(one.old_text), digits(one.new_text)
                assert set(before - after) <= set(was)
                assert set(after - before) <= set(now)


def digits(text):
    return Counter(re.findall(r"\d+", text))


@settings(deadline=None)
@given(editions, editions)
def test_risks_quote_the_texts_they_are_about(old, new):
    found = compare(old, new)
    for risk in found.risks:
        section = found.sections[risk.section]
        if risk.old_span:
            assert section.old_text[slice(*risk.old_span)] == risk.old
        if risk.new_span:
            assert section.new_text[slice(*risk.new_span)] == risk.new
        assert (section.anchor, section.path) == (risk.anchor, risk.path)


@settings(deadline=None)
@given(st.permutations([f"Sentence number {word} says a thing of its own. " for word in
                        ("one", "two", "three", "four", "five", "six")]))  # fmt: skip
def test_no_text_changes_when_sentences_only_moved(order):
    old = [Passage("".join(sorted(order)), ("A",))]

    found = compare(old, [Passage("".join(order), ("A",))])

    kinds = {one.kind for section in found.sections for one in section.sentences}
    assert kinds <= {ChangeKind.UNCHANGED, ChangeKind.MOVED}
    assert {section.kind for section in found.changes} <= {ChangeKind.MOVED}
    assert found.risks == ()


@settings(deadline=None)
@given(editions, editions)
def test_comparison_is_the_same_each_time(old, new):
    assert compare(old, new) == compare(list(old), list(new))


def test_risks_are_all_found_when_much_has_moved_too():
    old = guideline(400)

    found = compare(old, edited(old))

    assert Counter(risk.rule for risk in found.risks)["unit_changed"] == 20
