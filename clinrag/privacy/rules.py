"""All rules by which an identifier is found.

Promises: pure data. `RULES` hold in any text, `RECORD_RULES` only beside something that
names a patient: then a date is a patient's date and a hospital where they lay.
"""

from typing import Final

from clinrag.privacy.dates import DATE_RULES, RECORD_DATE_RULES
from clinrag.privacy.names import NAME_RULES
from clinrag.privacy.national import NATIONAL_RULES
from clinrag.privacy.numbers import NUMBER_RULES, WIRE_RULES
from clinrag.privacy.places import PLACE_RULES, RECORD_PLACE_RULES
from clinrag.privacy.ruling import Rule

_NEED_A_DIGIT: Final = (*NUMBER_RULES, *NATIONAL_RULES, *DATE_RULES)
_NEED_NONE: Final = (*WIRE_RULES, *PLACE_RULES, *NAME_RULES)
RULES: Final[tuple[Rule, ...]] = (*_NEED_A_DIGIT, *_NEED_NONE)
RECORD_RULES: Final[tuple[Rule, ...]] = (*RECORD_DATE_RULES, *RECORD_PLACE_RULES)

# Each by itself says that a patient is meant; none of them was found in 201 pages of
# guidelines and 56 research articles. A bare number that could be the NHS's is not
# among them: one telephone number in eleven passes its check.
NAMES_A_PATIENT: Final = frozenset(
    {
        "french_nir", "spanish_dni", "nhs_number_named", "ssn", "ssn_named",
        "record_number", "date_of_birth", "name_of_person", "name_listed",
        "name_before_birth", "name_given", "name_field", "name_with_age",
    }
)  # fmt: skip


def rules_for(text: str) -> tuple[Rule, ...]:
    """Those of `RULES` that can match; most questions have no digit."""
    return RULES if any(char.isdigit() for char in text) else _NEED_NONE
