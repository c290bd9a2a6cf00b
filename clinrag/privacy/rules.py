"""The patterns identifiers are found by, as data.

Promises: each rule names itself, its kind, and the group of its pattern that is
the identifier (so that the cue "born on" stays and the date goes). `accepts`
looks at the matched words once more, for check digits and known false friends.
Doses, years, thresholds ("90 MME/day") and section numbers match none of them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from clinrag.privacy.checkdigits import (
    digits_of,
    is_french_nir,
    is_nhs_number,
    is_payment_card,
    is_spanish_dni,
    is_us_ssn,
)
from clinrag.privacy.types import IdentifierKind
from clinrag.privacy.words import GIVEN_NAMES, NOT_A_NAME

MIN_RECORD_DIGITS = 4
HIGHEST_OCTET = 255


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of finding one kind of identifier."""

    name: str
    kind: IdentifierKind
    pattern: re.Pattern[str]
    accepts: Callable[[str], bool]


def _always(_text: str) -> bool:
    return True


def _words(text: str) -> list[str]:
    return [word.strip(".,'’") for word in text.replace("-", " ").split()]


def _may_be_name(text: str) -> bool:
    return not any(word.lower() in NOT_A_NAME for word in _words(text))


def _starts_with_given_name(text: str) -> bool:
    words = _words(text)
    return words[0].lower() in GIVEN_NAMES and _may_be_name(text)


def _has_record_digits(text: str) -> bool:
    return len(digits_of(text)) >= MIN_RECORD_DIGITS


def _by_digits(check: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: check(digits_of(text))


CAP = (
    r"[A-ZÀ-ÖØ-Þ](?:[a-zß-öø-ÿ]+|['’][A-Z][a-zß-öø-ÿ]+|\.)"
    r"(?:[-'’][A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+)?"
)
SURNAME = rf"(?:(?:Mc|Mac|O['’]|De\s|de\s|la\s|van\s|von\s|bin\s|al-)?{CAP})"
NAME = rf"{SURNAME}(?:[ ]{SURNAME}){{0,3}}"
LISTED = rf"(?:{CAP}|[A-ZÀ-Þ'’-]{{2,}}),[ ](?:{CAP}|[A-ZÀ-Þ]{{2,}})(?:[ ][A-Z]\.)?"
TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Doctor|Sir|Dame|Nurse|Sister|Mme|Mlle"
    r"|Madame|Monsieur|Mademoiselle|M|Sr|Sra|Srta|Se[ñn]ora?|Don|Do[ñn]a|Herr|Frau)"
)
PERSON = (
    r"(?:patient|man|woman|boy|girl|gentleman|lady|mother|mum|mom|father|dad|son"
    r"|daughter|wife|husband|brother|sister|child|baby|grandmother|grandfather|client"
    r"|resident|patiente|paciente)"
)
MONTH = (
    r"(?:jan(?:uary|vier)?|feb(?:ruary)?|f[ée]vr(?:ier)?|mar(?:ch|s)?|apr(?:il)?|avril"
    r"|may|mai|june?|juin|jul(?:y)?|juillet|aug(?:ust)?|ao[uû]t|sept?(?:ember|embre)?"
    r"|oct(?:ober|obre)?|nov(?:ember|embre)?|dec(?:ember)?|d[ée]c(?:embre)?)\.?"
)
DATE = (
    r"(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}[./-]\d{1,2}[./-]\d{1,2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er)?\s+(?:of\s+)?{MONTH},?\s+\d{{4}}"
    rf"|{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}})"
)
BORN = (
    r"(?:d\.?o\.?b\.?|date\s+of\s+birth|birth\s*date|birthday|born(?:\s+on)?"
    r"|n[ée]e?\s+le|date\s+de\s+naissance|fecha\s+de\s+nacimiento|nacid[oa]\s+el"
    r"|geboren\s+am|geb\.)"
)
CARE_EVENT = (
    r"(?:admitted|discharged|seen|visit(?:ed)?|died|deceased|operated|admission"
    r"|discharge|appointment|fecha\s+de\s+ingreso)(?:\s+date)?(?:\s+on)?(?:\s+the)?"
)
RECORD = (
    r"(?:m\.?r\.?n\.?|medical\s+record(?:\s+(?:number|no\.?|nr\.?))?"
    r"|(?:hospital|patient|chart|record|account|case|unit|study\s+subject)"
    r"\s+(?:id|identifier|number|no\.?|nr\.?)|acct\.?|nhc|ipp|nass|npi"
    r"|insurance\s+(?:member|number|id)|policy\s+number|member\s+id"
    r"|driver['’]?s?\s+licen[cs]e(?:\s+number)?|passport(?:\s+number)?"
    r"|n[°º]\s*de\s+dossier)"
)
SPANISH = r"[A-ZÁÉÍÓÚÑ](?:[a-záéíóúñü]+|[A-ZÁÉÍÓÚÑÜ]+)"
PARTICLES = r"(?:(?:de|del|la|las|los|y|DE|DEL|LA|LAS|LOS|Y)\s)*"
SPANISH_NAME = rf"{SPANISH}(?:[ -]{PARTICLES}{SPANISH})"
STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct"
    r"|Place|Pl|Close|Crescent|Terrace|Square|Sq|Gardens|Grove|Parkway|Pkwy|Circle"
    r"|Highway|Hwy|Trail|Row|Mews)"
)
STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]"
    r"|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
)


def _rule(
    name: str,
    kind: IdentifierKind,
    pattern: str,
    accepts: Callable[[str], bool] = _always,
) -> Rule:
    return Rule(name, kind, re.compile(pattern), accepts)


RULES: tuple[Rule, ...] = (
    _rule(
        "email",
        IdentifierKind.EMAIL,
        r"(?P<id>[\w.+%-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,})",
    ),
    _rule(
        "web_address",
        IdentifierKind.ADDRESS,
        r"(?P<id>\bhttps?://[^\s<>\"]+[\w/])",
    ),
    _rule(
        "ip_address",
        IdentifierKind.ADDRESS,
        r"(?<![\d.])(?P<id>\d{2,3}(?:\.\d{1,3}){3})(?![\d.])",
        lambda text: all(int(part) <= HIGHEST_OCTET for part in text.split(".")),
    ),
    _rule(
        "card_number",
        IdentifierKind.CARD,
        r"(?<![\d.])(?P<id>\d(?:[ -]?\d){12,18})(?![\d])",
        _by_digits(is_payment_card),
    ),
    _rule(
        "french_nir",
        IdentifierKind.NATIONAL_ID,
        r"(?<!\d)(?P<id>[12](?:\s?\d){14})(?!\d)",
        _by_digits(is_french_nir),
    ),
    _rule(
        "spanish_dni",
        IdentifierKind.NATIONAL_ID,
        r"\b(?P<id>(?:\d{8}|[XYZ]-?\d{7})[- ]?[A-Z])\b",
        is_spanish_dni,
    ),
    _rule(
        "nhs_number_named",
        IdentifierKind.NATIONAL_ID,
        r"(?i)\bNHS\s*(?:number|no\.?|nr\.?|#)?\s*(?:is|:|=)?\s*"
        r"(?P<id>\d{3}[ -]?\d{3}[ -]?\d{4})(?!\d)",
    ),
    _rule(
        "nhs_number",
        IdentifierKind.NATIONAL_ID,
        r"(?<![\d.-])(?P<id>\d{3}[ -]?\d{3}[ -]?\d{4})(?![\d])",
        _by_digits(is_nhs_number),
    ),
    _rule(
        "ssn_named",
        IdentifierKind.NATIONAL_ID,
        r"(?i)\b(?:SSN|social\s+security(?:\s+(?:number|no\.?))?)\s*(?:is|:|=|\#)?\s*"
        r"(?P<id>\d{3}[ -]?\d{2}[ -]?\d{4})(?!\d)",
    ),
    _rule(
        "ssn",
        IdentifierKind.NATIONAL_ID,
        r"(?<![\d.-])(?P<id>\d{3}([- ])\d{2}\2\d{4})(?![\d-])",
        _by_digits(is_us_ssn),
    ),
    _rule(
        "phone_international",
        IdentifierKind.PHONE,
        r"(?<![\w])(?P<id>\+\d{1,3}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?"
        r"\d(?:[ .-]?\d){6,12})(?!\d)",
    ),
    _rule(
        "phone_us",
        IdentifierKind.PHONE,
        r"(?<![\d.-])(?P<id>(?:1[ .-])?(?:\(\d{3}\)\s?|\d{3}[ .-])\d{3}[ .-]\d{4}"
        r"(?:\s?x\d{1,5})?)(?![\d-])",
    ),
    _rule(
        "phone_leading_zero",
        IdentifierKind.PHONE,
        r"(?<![\d.,-])(?P<id>\(?0\d{2,4}\)?[ -]?\d{3,4}[ -]?\d{3,4})(?![\d])",
        lambda text: len(digits_of(text)) in (10, 11),
    ),
    _rule(
        "phone_pairs",
        IdentifierKind.PHONE,
        r"(?<![\d.,-])(?P<id>0\d(?:[ .]\d{2}){4})(?![\d])",
    ),
    _rule(
        "phone_named",
        IdentifierKind.PHONE,
        r"(?i)\b(?:phone|tel|telephone|mobile|cell|fax|t[ée]l[ée]phone)\.?"
        r"(?:\s+(?:number|no\.?))?\s*(?:is|:|=|\#)?\s*(?P<id>\+?\d[\d .()-]{5,}\d)",
    ),
    _rule(
        "record_number",
        IdentifierKind.RECORD_NUMBER,
        rf"(?i)\b{RECORD}\s*(?:is|:|=|\#)*\s*(?P<id>[A-Z]{{0,4}}-?\d[\dA-Z/-]{{2,18}})\b",
        _has_record_digits,
    ),
    _rule(
        "spanish_insurance_number",
        IdentifierKind.NATIONAL_ID,
        r"(?i)\bNASS\s*:?\s*(?P<id>\d{2}[\s/-]?\d{8}[\s/-]?\d{2})\b",
    ),
    _rule(
        "spanish_licence_number",
        IdentifierKind.NATIONAL_ID,
        r"(?i)\bN[º°o]?\s?Col(?:egiad[oa])?\.?\s*:?\s*(?P<id>\d{2}(?:\s?\d{2})(?:\s?\d{1,6})?)(?!\d)",
    ),
    _rule(
        "spanish_clinician",
        IdentifierKind.NAME,
        r"\b(?:Médico|Remitido por|Emitido por|Firmado por|Responsable clínico)\s*:\s*"
        rf"(?:(?:Dra?|DRA?)[.:]?\s+)?(?P<id>{SPANISH_NAME}{{1,4}})",
    ),
    _rule(
        "spanish_titled",
        IdentifierKind.NAME,
        rf"\b(?:Dra|DRA|Dr|DR)\.\s*(?P<id>{SPANISH_NAME}{{0,4}})",
        _may_be_name,
    ),
    _rule(
        "date_of_birth",
        IdentifierKind.DATE,
        rf"(?i)\b{BORN}\s*(?:is|:|=)?\s*(?P<id>{DATE})",
    ),
    _rule(
        "date_of_care",
        IdentifierKind.DATE,
        rf"(?i)\b{CARE_EVENT}\s*(?:is|:|=)?\s*(?P<id>{DATE})",
    ),
    _rule(
        "address_street",
        IdentifierKind.ADDRESS,
        rf"(?<![\w.])(?P<id>\d{{1,5}}[A-Za-z]?\s+(?:[NSEW]\.?\s+)?(?:[A-Z][a-z]+\s+){{1,3}}"
        rf"{STREET}\b\.?(?:,?\s*(?:Apt|Flat|Suite|Unit|\#)\.?\s*\w+)?)",
    ),
    _rule(
        "address_rue",
        IdentifierKind.ADDRESS,
        r"(?P<id>\b\d{1,4}\s*(?:bis|ter)?,?\s+(?:rue|avenue|boulevard|impasse|chemin"
        r"|all[ée]e|quai)\s+(?:(?:de|du|des|la|le|les|l['’])\s*)*[A-ZÀ-Þ][\wÀ-ÿ'’-]*)",
    ),
    _rule(
        "address_calle",
        IdentifierKind.ADDRESS,
        r"(?P<id>\b(?:Calle|C/|Avda\.?|Avenida|Av\.|Plaza|Paseo)\s+"
        r"[A-ZÀ-Þ][\wÀ-ÿ ]+,?\s*\d{1,4})",
    ),
    _rule(
        "postcode_uk",
        IdentifierKind.ADDRESS,
        # The inward code never holds C I K M O V: "B12 5MG" is a vitamin.
        r"\b(?P<id>(?:[A-PR-UWYZ]\d{1,2}|[A-PR-UWYZ][A-HK-Y]\d{1,2}"
        r"|[A-PR-UWYZ]\d[A-HJKSTUW]|[A-PR-UWYZ][A-HK-Y]\d[ABEHMNPRVWXY])"
        r"\s\d[ABD-HJLNP-UW-Z]{2})\b",
    ),
    _rule(
        "zip_with_state",
        IdentifierKind.ADDRESS,
        rf"\b(?P<id>[A-Z][a-z]+,?\s+{STATE}\s+\d{{5}}(?:-\d{{4}})?)(?!\d)",
    ),
    _rule(
        "name_after_title",
        IdentifierKind.NAME,
        rf"\b{TITLE}\.?[ ]+(?P<id>{NAME})",
        _may_be_name,
    ),
    _rule(
        "name_of_person",
        IdentifierKind.NAME,
        rf"\b(?:[Mm]y|[Oo]ur)\s+{PERSON},?\s+(?:is\s+)?(?P<id>{NAME})",
        _may_be_name,
    ),
    _rule(
        "name_listed",
        IdentifierKind.NAME,
        rf"\b(?:Patient|PATIENT|RE|Re|Pt\s+name|Name)\s*:[ ]*(?P<id>{LISTED})",
        _may_be_name,
    ),
    _rule(
        "name_before_birth",
        IdentifierKind.NAME,
        rf"(?P<id>{SURNAME}[ ]{SURNAME})(?:,[ ]|[ ]\()?(?={BORN}\b)",
        _may_be_name,
    ),
    _rule(
        "name_given",
        IdentifierKind.NAME,
        rf"\b{PERSON}\s+(?:is\s+)?(?:named|called|by\s+the\s+name\s+of)\s+(?P<id>{NAME})",
        _may_be_name,
    ),
    _rule(
        "name_field",
        IdentifierKind.NAME,
        r"\b(?:(?:[Pp]atient|[Pp]t\.?|[Ff]ull|[Ff]irst|[Ll]ast)\s+[Nn]ame|Patient|Nombre"
        r"|Apellidos|Nom|Pr[ée]nom|[Mm]y\s+name\s+is|(?:his|her|their)\s+name\s+is)"
        rf"\s*[:=]?\s*(?<=[:=s]\s)(?P<id>{NAME}(?:,\s*{CAP})?)",
        _may_be_name,
    ),
    _rule(
        "name_with_age",
        IdentifierKind.NAME,
        rf"(?P<id>{SURNAME}\s+{SURNAME}),?\s+(?:is\s+)?(?:an?\s+)?(?:very\s+\w+\s+)?"
        r"(?:\d{1,3}|\(\d{1,3}\))[ -]?(?:years?|yrs?|y/?o|ans|a[ñn]os)\b",
        _may_be_name,
    ),
    _rule(
        "name_common",
        IdentifierKind.NAME,
        rf"(?<![\w.'’-])(?P<id>{CAP}\s+(?:[A-Z]\.\s+)?{SURNAME})",
        _starts_with_given_name,
    ),
)
