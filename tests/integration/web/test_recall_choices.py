"""Forms about recalls offer what can be called back, and nothing that means another."""

from typing import Any

from clinrag.web.recall_forms import ImpactForm, RecallForm

SECTIONS: list[tuple[str, ...]] = [(), ("Dosage",), ("Dosage", "Children")]


def choices(form: Any) -> list[str]:
    return [value for value, _name in form.fields["part"].choices]


def test_text_before_the_first_heading_is_not_offered_as_a_section() -> None:
    assert choices(RecallForm(sections=SECTIONS)) == ["", "1", "2"]
    assert choices(ImpactForm(sections=SECTIONS)) == ["", "change", "1", "2"]
    names = [
        str(name) for _, name in RecallForm(sections=SECTIONS).fields["part"].choices
    ]
    assert names == ["The whole edition", "Dosage", "Dosage › Children"]
    sent = {"part": "0", "severity": "high", "reach": "cited", "reason": "Wrong."}
    form = RecallForm(sent, sections=SECTIONS)
    assert not form.is_valid()
    assert "part" in form.errors
