"""What people and crawlers write into an address, read with care.

Promises: whatever stands there leads to a value or to nothing, never to an error.
"""

import re
from typing import Final

# More than any place or index has; Python refuses thousands of digits outright.
NUMBER: Final = re.compile(r"\d{1,15}", re.ASCII)


def number_in(text: str) -> int | None:
    """The whole number that the text is, if it is one."""
    return int(text) if NUMBER.fullmatch(text) else None


def words_in(text: str) -> str:
    """The text without NUL, which PostgreSQL cannot compare with anything."""
    return text.replace("\x00", "").strip()
