"""The rules by which a change is graded, as data: nothing is graded elsewhere.

Promises: every risk names the row it was graded by, and the row's reason is what a
person reads. Will not: hide anything: a grade orders, it never leaves out.
Why these grades: `ingestion/decisions/0004-risks-by-rules.md`.
"""

from dataclasses import dataclass
from typing import Final

from ingestion.diffing.types import Grade
from ingestion.diffing.units import DOSED, Dimension


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: what it is called, how grave it is, and why."""

    name: str
    kind: str
    grade: Grade
    reason: str


_ROWS: Final = (
    Rule("dose_changed", "dose", Grade.HIGH, "An amount to be given is another one."),
    Rule(
        "dose_range_changed", "dose", Grade.HIGH, "The range of a dose has another end."
    ),
    Rule("dose_gone", "dose", Grade.HIGH, "The sentence goes on without an amount."),
    Rule("dose_come", "dose", Grade.HIGH, "The sentence now says an amount."),
    Rule("dose_in_new_text", "dose", Grade.MEDIUM, "New text gives an amount."),
    Rule(
        "dose_in_lost_text", "dose", Grade.MEDIUM, "An amount went with its sentence."
    ),
    Rule(
        "unit_changed", "unit", Grade.HIGH, "The same number stands with another unit."
    ),
    Rule(
        "same_amount_in_other_unit",
        "unit",
        Grade.LOW,
        "The same amount, told in another unit.",
    ),
    Rule(
        "threshold_changed",
        "threshold",
        Grade.HIGH,
        "A limit that decides who is treated, or how, has changed.",
    ),
    Rule(
        "comparison_changed",
        "threshold",
        Grade.HIGH,
        "The same number, compared otherwise (at least, above, below).",
    ),
    Rule(
        "threshold_gone",
        "threshold",
        Grade.HIGH,
        "The sentence goes on without its limit.",
    ),
    Rule("threshold_come", "threshold", Grade.HIGH, "The sentence now sets a limit."),
    Rule("threshold_in_new_text", "threshold", Grade.MEDIUM, "New text sets a limit."),
    Rule(
        "threshold_in_lost_text",
        "threshold",
        Grade.MEDIUM,
        "A limit went with its sentence.",
    ),
    Rule(
        "frequency_changed",
        "dose",
        Grade.HIGH,
        "How often has changed, and so has the amount in a day.",
    ),
    Rule("duration_changed", "duration", Grade.MEDIUM, "A time is another one."),
    Rule(
        "measure_changed",
        "number",
        Grade.MEDIUM,
        "A measured value or a share is another one.",
    ),
    Rule("number_changed", "number", Grade.MEDIUM, "A number is another one."),
    Rule("number_in_new_text", "number", Grade.LOW, "New text holds a number."),
    Rule(
        "number_in_lost_text", "number", Grade.LOW, "A number went with its sentence."
    ),
    Rule("date_changed", "date", Grade.LOW, "A date is another one."),
    Rule(
        "numbering_changed",
        "numbering",
        Grade.LOW,
        "A reference by number is another one.",
    ),
    Rule(
        "quantity_under_other_heading",
        "moved",
        Grade.MEDIUM,
        "The same sentence, with its amount, now stands under another heading.",
    ),
    Rule(
        "prohibition_changed",
        "negation",
        Grade.HIGH,
        "A prohibition came, went, or is another one.",
    ),
    Rule(
        "negation_turns_sentence",
        "negation",
        Grade.HIGH,
        "Hardly more than a negation changed: it may say the opposite.",
    ),
    Rule(
        "negation_in_reworded_text",
        "negation",
        Grade.MEDIUM,
        "A negation or an exception changed in a reworded sentence.",
    ),
    Rule(
        "prohibition_lost",
        "negation",
        Grade.HIGH,
        "A sentence that forbade or warned is gone.",
    ),
    Rule(
        "prohibition_new", "negation", Grade.MEDIUM, "A new sentence forbids or warns."
    ),
    Rule(
        "strength_changed",
        "strength",
        Grade.HIGH,
        "How binding it is has changed (must, should, consider, may).",
    ),
    Rule(
        "strength_in_reworded_text",
        "strength",
        Grade.MEDIUM,
        "A reworded sentence is worded more or less bindingly.",
    ),
    Rule(
        "graded_strength_changed",
        "strength",
        Grade.HIGH,
        "The guideline itself grades the recommendation otherwise.",
    ),
    Rule(
        "certainty_changed",
        "certainty",
        Grade.MEDIUM,
        "The certainty of the evidence is graded otherwise.",
    ),
    Rule(
        "recommendation_new",
        "strength",
        Grade.MEDIUM,
        "A new sentence recommends something.",
    ),
    Rule(
        "recommendation_lost",
        "strength",
        Grade.MEDIUM,
        "A sentence that recommended something is gone.",
    ),
)

RULES: Final = {rule.name: rule for rule in _ROWS}
GRADES: Final = (Grade.HIGH, Grade.MEDIUM, Grade.LOW)
# Within a grade: what is given, then whom, then how firmly.
KINDS: Final = (
    "dose", "unit", "threshold", "negation", "strength", "certainty", "duration",
    "number", "moved", "date", "numbering",
)  # fmt: skip

# A sentence that shares so much with its predecessor turns on the word that differs.
CLOSE: Final = 0.7
DATED: Final = frozenset({Dimension.DATE})
COUNTED: Final = frozenset({Dimension.NUMBERING})
GIVEN: Final = DOSED | {Dimension.FREQUENCY}
MEASURED: Final = frozenset(
    {
        Dimension.SHARE,
        Dimension.PRESSURE,
        Dimension.TEMPERATURE,
        Dimension.LENGTH,
        Dimension.ENERGY,
        Dimension.MONEY,
    }
)
