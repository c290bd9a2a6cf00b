"""Numbers as letters and Roman numerals, as word processors draw them.

Promises: small letters for any number from one on. Will not: draw those of other
scripts.
"""

from typing import Final

ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def roman(number: int) -> str:
    written = ""
    for value, letters in ROMAN:
        written += letters * (number // value)
        number %= value
    return written


def repeated_letters(number: int) -> str:
    """1 is a, 26 z, 27 aa, 53 aaa: the letter repeats."""
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def counted_letters(number: int) -> str:
    """1 is a, 26 z, 27 aa, 28 ab."""
    written = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        written = chr(ord("a") + rest) + written
    return written
