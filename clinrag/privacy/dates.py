"""Dates of a person's life and care, and ages that hardly anyone reaches.

Promises: pure. A date is a patient's where a word says so (born, admitted, saw on) or
an hour stands behind it; a bare date is none, for a question may ask "as of" one. Ages
over 89 count as identifiers (45 CFR 164.514(b)(2)(i)(C)), lower ones as medicine.
"""

from typing import Final

from clinrag.privacy.ruling import Rule, either, rule
from clinrag.privacy.types import IdentifierKind

_MONTHS: Final = (
    r"jan(?:uary|vier|uar|eiro)?", r"ene(?:ro)?", r"feb(?:ruary|rero|ruar)?",
    r"f[ée]v(?:r(?:ier)?|ereiro)?", r"mar(?:ch|s|zo|[çc]o)?", r"m[äa]rz",
    r"apr(?:il)?", r"abr(?:il)?", r"avril", r"may(?:o)?", r"mai(?:o)?",
    r"june?", r"junio?", r"juin", r"junho", r"july?", r"julio?", r"juillet", r"julho",
    r"aug(?:ust)?", r"ago(?:sto)?", r"ao[uû]t", r"sept?(?:ember|embre|iembre)?",
    r"set(?:embro)?", r"oct(?:ober|obre|ubre)?", r"okt(?:ober)?", r"out(?:ubro)?",
    r"nov(?:ember|embre|iembre|embro)?", r"dec(?:ember)?", r"d[ée]c(?:embre)?",
    r"dic(?:iembre)?", r"dez(?:ember|embro)?",
)  # fmt: skip
MONTH: Final = rf"{either(_MONTHS)}\.?"
_OF: Final = r"(?:\s*(?:de|del|of|[-/])\s*|\s+)"
# One mark throughout: "7-8/10" is how much it hurts.
_NUMERIC: Final = "|".join(
    rf"\d{{1,2}}{mark}\d{{1,2}}{mark}(?:\d{{4}}|\d{{2}})|\d{{4}}{mark}"
    rf"\d{{1,2}}{mark}\d{{1,2}}"
    for mark in (r"\.", "/", "-")
)
DATE: Final = (
    rf"(?:{_NUMERIC}|\d{{1,2}}(?:st|nd|rd|th|er|º|\.)?{_OF}{MONTH},?{_OF}\d{{4}}"
    rf"|{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}})"
)
BORN: Final = either(
    (
        r"d\.?o\.?b\.?", r"date of birth", r"birth ?date", r"birthday", r"born(?: on)?",
        r"n[ée]e? le", r"date de naissance", r"fecha de nacimiento", r"f\. ?nac\.?",
        r"nacid[oa] el", r"geboren am", r"geb\.", r"geburtsdatum",
        r"data de nascimento", r"nascid[oa] (?:a|em)", r"nat[oa] il",
        r"data di nascita",
    )
)  # fmt: skip
_CARE: Final = either(
    (
        "admitted", "discharged", "seen", "visit(?:ed)?", "died", "deceased",
        "operated",
        "admission", "discharge", "appointment", "reviewed", "dictated", "signed",
        "whom i saw", "i saw (?:him|her|them|this patient)", "attended",
        "date of death",
        "fecha de (?:ingreso|alta|consulta|fallecimiento)", "ingres[óo]",
        "dad[oa] de alta",
        "date d['’](?:entrée|admission)", "hospitalisée?", "décédée?", "sortie?",
        "aufnahme", "aufgenommen", "entlassen", "verstorben", "entlassung",
        "internad[oa]", "data de (?:internamento|alta|admissão)", "falecid[oa]",
    )
)  # fmt: skip
_ON: Final = r"(?:\s+date)?(?:\s+(?:on|the|el|le|am|em|a|il))*"
_CLOCK: Final = r"[ ,T]\s*(?:at\s+)?\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\b\.?)?"
_YEARS: Final = (
    r"(?:[ -]?(?:years?|yrs?|y)(?:[ -](?:old|of\s+age)|/?o)?"
    r"|\s+ans|\s+a[ñn]os|\s+anos|\s+Jahre|\s+anni)"
)

DATE_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "date_of_birth",
        IdentifierKind.DATE,
        rf"(?i)(?<!\w){BORN}\s*(?:is|:|=)?\s*(?:it['’]s\s+)?(?P<id>{DATE})",
    ),
    rule(
        "date_of_birth_told",
        IdentifierKind.DATE,
        rf"(?i)\b(?:date\s+of\s+birth|birthday|dob)\b[^\n\d]{{0,25}}(?P<id>{DATE})",
    ),
    rule(
        "date_of_care",
        IdentifierKind.DATE,
        rf"(?i)\b{_CARE}{_ON}\s*(?:is|:|=)?\s*(?P<id>{DATE})",
    ),
    rule(
        "date_with_hour", IdentifierKind.DATE, rf"(?i)(?<![\d.])(?P<id>{DATE}{_CLOCK})"
    ),
    rule(
        "age_over_89",
        IdentifierKind.AGE_OVER_89,
        rf"(?i)(?<![\d.,/-])(?P<id>(?:9\d|1[01]\d))(?={_YEARS}[ -]*(?:old\b|of\s+age\b"
        r"|\b(?:man|woman|male|female|patient|lady|gentleman)))",
    ),
    rule(
        "age_over_89_told",
        IdentifierKind.AGE_OVER_89,
        r"(?i)\b(?:aged|age\s*[:=]|edad\s*:|alter\s*:|idade\s*:"
        r"|(?:var[óo]n|mujer|homem|mulher|paciente|homme|femme|patiente?)\s+de)\s*"
        r"(?P<id>(?:9\d|1[01]\d))(?![\d%./-])(?!\s*(?:mg|ml|kg|mmol))",
    ),
)

# Only in a text in which something else names a patient.
RECORD_DATE_RULES: Final[tuple[Rule, ...]] = (
    rule(
        "date_in_record",
        IdentifierKind.DATE,
        rf"(?i)(?<![\w./-])(?P<id>{DATE})(?![\w])",
    ),
    rule(
        "month_in_record",
        IdentifierKind.DATE,
        rf"(?i)(?<!\w)(?P<id>{MONTH}{_OF}(?:19|20)\d{{2}})(?!\d)",
    ),
)
