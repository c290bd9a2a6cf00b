"""Check digits of the numbers people are known by.

Promises: pure arithmetic on strings of digits. A number that passes may still be
no one's; one that fails was mistyped or is something else.
"""

SSN_HIGHEST_AREA = 899
SSN_NEVER_ISSUED_AREA = 666
CARD_DIGITS = range(13, 20)
NHS_DIGITS = 10
NIR_DIGITS = 15
DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def digits_of(text: str) -> str:
    """The ASCII digits in a text, in order."""
    return "".join(char for char in text if char in "0123456789")


def is_nhs_number(digits: str) -> bool:
    """Modulus 11 as in the NHS Data Dictionary: weights 10 to 2, then 11 - rest."""
    if len(digits) != NHS_DIGITS or len(set(digits)) == 1:
        return False
    total = sum(int(d) * (10 - i) for i, d in enumerate(digits[:9]))
    return (11 - total % 11) % 11 == int(digits[9])


def is_us_ssn(digits: str) -> bool:
    """Ranges the Social Security Administration issues (randomised since 2011)."""
    if len(digits) != len("123456789"):
        return False
    area, group, serial = int(digits[:3]), int(digits[3:5]), int(digits[5:])
    issued_area = 0 < area <= SSN_HIGHEST_AREA and area != SSN_NEVER_ISSUED_AREA
    return issued_area and group > 0 and serial > 0


def is_luhn(digits: str) -> bool:
    """Luhn's check digit (ISO/IEC 7812-1, annex B)."""
    doubled = [int(d) * 2 for d in digits[-2::-2]]
    single = [int(d) for d in digits[-1::-2]]
    total = sum(single) + sum(d - 9 if d > 9 else d for d in doubled)  # noqa: PLR2004
    return bool(digits) and total % 10 == 0


def is_payment_card(digits: str) -> bool:
    """A primary account number of 13 to 19 digits that starts as cards do."""
    return len(digits) in CARD_DIGITS and digits[0] in "3456" and is_luhn(digits)


def is_french_nir(digits: str) -> bool:
    """Key of the NIR: 97 - (first thirteen digits modulo 97)."""
    if len(digits) != NIR_DIGITS or digits[0] not in "12":
        return False
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def is_spanish_dni(text: str) -> bool:
    """Eight digits and the letter of their rest modulo 23 (X, Y, Z lead a NIE)."""
    compact = "".join(char for char in text.upper() if char.isalnum())
    body = compact[:-1].translate(str.maketrans("XYZ", "012"))
    if len(body) != len("12345678") or not body.isdigit():
        return False
    return DNI_LETTERS[int(body) % 23] == compact[-1]
