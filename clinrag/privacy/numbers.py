"""Numbers and addresses on the wire that lead to one person.

Promises: pure. Where a number has check digits they decide; where it has none, the word
in front of it does. A bare number without either is left: doses are numbers too.
"""

import ipaddress
from collections.abc import Callable
from typing import Final

from clinrag.privacy.checkdigits import (
    digits_of,
    is_french_nir,
    is_nhs_number,
    is_payment_card,
    is_spanish_dni,
    is_us_ssn,
)
from clinrag.privacy.ruling import Rule, either, rule
from clinrag.privacy.types import IdentifierKind

_MIN_RECORD_DIGITS: Final = 4
_RECORD: Final = either(
    (
        r"m\.?r\.?n\.?", r"medical record(?: (?:number|no\.?|nr\.?))?",
        ("(?:hospital|patient|chart|record|account|case|unit|study subject|episode"
        r"|beneficiary)"
        r" (?:id|identifier|number|no\.?|nr\.?)"), r"acct\.?", "nhc", "cipa?", "ipp",
        "nass",
        "npi", "mbi", r"insurance (?:member|number|id)", "policy number", "member id",
        r"driver['’]?s? licen[cs]e(?: number)?", r"passport(?: number)?",
        r"n[°º] de dossier", r"health card(?: (?:number|no\.?))?",
        "medicare(?: number| no\\.?)?",
        r"chi(?: number| no\.?)", "episodio", r"n[º°.]? ?(?:de )?(?:historia|hc)",
        r"historia cl[íi]nica(?: n[º°.])?", r"patienten(?:nummer|-?id|-?nr\.?)",
        r"fallnummer",
        r"fall-?nr\.?", r"versicherten(?:nummer|-?nr\.?)", r"prontu[áa]rio",
        r"(?:n[º°] )?(?:de )?utente", r"processo(?: cl[íi]nico)? n[º°.]",
        r"(?:licen[cs]e|number|registration) plate(?: (?:number|no\.?))?",
        r"vehicle registration", "matr[íi]cula", "kennzeichen", "vin",
    )
)  # fmt: skip
_PHONE: Final = either(
    (
        "phone", "telephone", r"tel[ée]?f?\.?", r"tfno?\.?", r"tlf\.?", "tel[ée]fono",
        "telefone", "t[ée]l[ée]phone", "telefon", "m[óo]vil", "telem[óo]vel", "handy",
        "portable", "mobile", "cell", "fax", "desk", "office", "home", "work", "bleep",
        "pager", "whats ?app",
        (r"(?:call|ring|phone|text|reach|answer\w*|contact)(?: (?:me|us|him|her|them))?"
        r" (?:on|at|under)"),
    )
)  # fmt: skip
_DIGITS: Final = r"\(?\+?\(?\d[\d .()/-]{4,18}\d"
_EXTENSION: Final = r"(?:\s?(?:x|ext\.?|extension)\s?\d{1,5})?"
_PHONE_DIGITS: Final = range(7, 16)


def _by_digits(check: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: check(digits_of(text))


def _is_phone(text: str) -> bool:
    return len(digits_of(text.split("x", maxsplit=1)[0])) in _PHONE_DIGITS


def _is_address_on_the_net(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


_KIND: Final = IdentifierKind
WIRE_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "email",
        _KIND.EMAIL,
        r"(?P<id>[\w.+%-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,})",
    ),
    rule(
        "web_address",
        _KIND.ADDRESS,
        r"(?P<id>\b(?:https?://|www\.)[^\s<>\"]+[\w/])",
    ),
    rule(
        "ip_address",
        _KIND.ADDRESS,
        r"(?<![\d.])(?P<id>\d{1,3}(?:\.\d{1,3}){3})(?![\d.])",
        lambda text: (
            _is_address_on_the_net(text) and len(digits_of(text)) > len("12345")
        ),
    ),
    rule(
        "ip_address_6",
        _KIND.ADDRESS,
        r"(?<![\w:.])(?P<id>(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?"
        r"[0-9A-Fa-f]{1,4}){1,6})(?![\w:])",
        _is_address_on_the_net,
    ),
    rule(
        "network_card",
        _KIND.ADDRESS,
        r"(?<![\w:-])(?P<id>(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2})(?![\w:-])",
    ),
)
NUMBER_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "card_number",
        _KIND.CARD,
        r"(?<![\d.])(?P<id>\d(?:[ -]?\d){12,18})(?![\d])",
        _by_digits(is_payment_card),
    ),
    rule(
        "card_named",
        _KIND.CARD,
        r"(?i)\b(?:credit\s+card|debit\s+card|my\s+card|card|cc)"
        r"(?:\s*(?:number|no\.?|\#))*\s*(?:is|:|=)?\s*(?P<id>\d(?:[ -]?"
        r"\d){11,18})(?!\d)",
    ),
    rule(
        "french_nir",
        _KIND.NATIONAL_ID,
        r"(?<!\d)(?P<id>[12](?:\s?\d){14})(?!\d)",
        _by_digits(is_french_nir),
    ),
    rule(
        "spanish_dni",
        _KIND.NATIONAL_ID,
        r"\b(?P<id>(?:\d{8}|[XYZ]-?\d{7})[- ]?[A-Z])\b",
        is_spanish_dni,
    ),
    rule(
        "nhs_number_named",
        _KIND.NATIONAL_ID,
        r"(?i)\bNHS\s*(?:number|no\.?|nr\.?|#)?\s*(?:is|:|=)?\s*"
        r"(?P<id>\d{3}[ -]?\d{3}[ -]?\d{4})(?!\d)",
    ),
    rule(
        "nhs_number",
        _KIND.NATIONAL_ID,
        r"(?<![\d.-])(?P<id>\d{3}[ -]?\d{3}[ -]?\d{4})(?![\d])",
        _by_digits(is_nhs_number),
    ),
    rule(
        "ssn_named",
        _KIND.NATIONAL_ID,
        r"(?i)\b(?:SSN|social\s+security(?:\s+(?:number|no\.?))?)\s*(?:is|:|=|\#)?\s*"
        r"(?P<id>\d{3}[ -]?\d{2}[ -]?\d{4})(?!\d)",
    ),
    rule(
        "ssn",
        _KIND.NATIONAL_ID,
        r"(?<![\d.-])(?P<id>\d{3}([- ])\d{2}\2\d{4})(?![\d-])",
        _by_digits(is_us_ssn),
    ),
    rule(
        "phone_international",
        _KIND.PHONE,
        r"(?<![\w.,])(?P<id>(?:\+|00)\d{1,3}[ .-]?(?:\(0?\d{0,4}\)[ .-]?)?"
        rf"\d(?:[ ./-]?\d){{4,12}}{_EXTENSION})(?!\d)",
    ),
    rule(
        "phone_us",
        _KIND.PHONE,
        r"(?<![\d.-])(?P<id>(?:1[ .-])?(?:\(\d{3}\)\s?|\d{3}[ .-])\d{3}[ .-]\d{4}"
        rf"{_EXTENSION})(?![\d-])",
    ),
    rule(
        "phone_leading_zero",
        _KIND.PHONE,
        r"(?<![\w.,-])(?P<id>\(?0\d{2,4}\)?[ -]?\d{3,4}[ -]?\d{3,4})(?![\d])",
        lambda text: len(digits_of(text)) in (10, 11),
    ),
    rule(
        "phone_pairs",
        _KIND.PHONE,
        r"(?<![\d.,-])(?P<id>0\d(?:[ .]\d{2}){4})(?![\d])",
    ),
    rule(
        "phone_named",
        _KIND.PHONE,
        rf"(?i)(?<!\w){_PHONE}(?:\s+(?:number|no\.?|n[º°]))?\s*(?:is|:|=|\#)?\s*"
        rf"(?P<id>{_DIGITS}{_EXTENSION})(?![\w%])",
        _is_phone,
    ),
    rule(
        "phone_named_behind",
        _KIND.PHONE,
        r"(?im)(?<![\w.,/-])(?P<id>\+?\(?\d[\d .()-]{5,16}\d)"
        r"(?=\s+\(?(?:office|mobile|home|work|cell|fax|desk|tel)\b)",
        _is_phone,
    ),
    rule(
        "record_number",
        _KIND.RECORD_NUMBER,
        rf"(?i)(?<!\w){_RECORD}\s*(?:is|:|=|\#|nhc|[/-])*\s*"
        r"(?P<id>[A-Z]{0,4}[- ]?\d(?:[\dA-Z/-]|[ ](?=\d)){2,18})\b",
        lambda text: len(digits_of(text)) >= _MIN_RECORD_DIGITS,
    ),
    rule(
        "plate_named",
        _KIND.RECORD_NUMBER,
        r"(?i)\b(?:(?:licen[cs]e|number|registration)\s+plate|vehicle\s+registration"
        r"|matr[íi]cula|kennzeichen)(?:\s+(?:number|no\.?))?\s*(?:is|:|=)?\s*"
        r"(?P<id>(?-i:[A-Z]{1,3}[ -]?[A-Z0-9]{1,4}[ -]?[A-Z0-9]{1,4}))\b",
        lambda text: bool(digits_of(text)),
    ),
    rule(
        "spanish_insurance_number",
        _KIND.NATIONAL_ID,
        r"(?i)\bNASS\s*:?\s*(?P<id>\d{2}[\s/-]?\d{8}[\s/-]?\d{2})\b",
    ),
    rule(
        "spanish_licence_number",
        _KIND.NATIONAL_ID,
        r"(?i)\bN[º°o]?\s?Col(?:egiad[oa])?\.?\s*:?\s*(?P<id>\d{2}(?:\s?\d{2})(?:"
        r"\s?\d{1,6})?)(?!\d)",
    ),
)
