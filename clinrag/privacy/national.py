"""National and bank numbers by their check digits, country by country.

Promises: pure. The arithmetic is python-stdnum's. A number whose form alone says what
it is (letters, two check digits, fixed points) is found anywhere; one that is only
nine or ten digits needs its name in front, for one in ten such numbers passes.
"""

import re
from importlib import import_module
from typing import Final

from clinrag.privacy.ruling import Rule, rule
from clinrag.privacy.types import IdentifierKind

_ID: Final = IdentifierKind.NATIONAL_ID

# Module of stdnum -> its form, found anywhere.
_BY_FORM: Final = {
    "iban": r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b",
    "it.codicefiscale": r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b",
    "mx.curp": r"\b[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d\b",
    "br.cpf": r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)",
    "be.nn": r"(?<![\d.])\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}(?!\d)",
    "ch.ssn": r"(?<![\d.])756\.\d{4}\.\d{4}\.\d{2}(?!\d)",
    "fi.hetu": r"\b\d{6}[-+A]\d{3}[0-9A-Y]\b",
    "cn.ric": r"(?<!\d)\d{17}[\dX](?!\w)",
    "in_.aadhaar": r"(?<![\d.-])\d{4} \d{4} \d{4}(?![\d-])",
    "se.personnummer": r"(?<![\d.-])(?:19|20)?\d{6}[-+]\d{4}(?![\d-])",
    "kr.rrn": r"(?<![\d.-])\d{6}-[1-8]\d{6}(?!\d)",
}

# Module of stdnum -> what stands in front, and its form.
_BY_NAME: Final = {
    "pt.nif": (r"NIF|contribuinte", r"\d{3}[ ]?\d{3}[ ]?\d{3}"),
    "br.cpf": (r"CPF", r"[\d.-]{11,14}"),
    "nl.bsn": (r"BSN|burgerservicenummer", r"[\d. ]{8,11}"),
    "de.idnr": (r"IdNr\.?|Steuer-?ID", r"\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}"),
    "pl.pesel": (r"PESEL", r"\d{11}"),
    "ie.pps": (r"PPSN?", r"\d{7}[A-W][A-I]?"),
    "ca.sin": (r"SIN|social\s+insurance", r"\d{3}[ -]?\d{3}[ -]?\d{3}"),
    "dk.cpr": (r"CPR", r"\d{6}-?\d{4}"),
    "no.fodselsnummer": (r"f[øo]dselsnummer", r"\d{6}[ ]?\d{5}"),
    "tr.tckimlik": (r"T\.?C\.?(?:\s+Kimlik)?", r"\d{11}"),
    "za.idnr": (r"(?:SA\s+)?ID", r"\d{13}"),
    "au.tfn": (r"TFN", r"\d{3}[ ]?\d{3}[ ]?\d{3}"),
}
_BETWEEN: Final = r"(?:\s*(?:number|no\.?|nr\.?|n[º°]))?\s*(?:is|:|=|\#)?\s*"


def _is_valid(module: str, text: str) -> bool:
    return bool(import_module(f"stdnum.{module}").is_valid(text.strip()))


def _rules() -> list[Rule]:
    anywhere = [
        rule(
            f"number_{_short(module)}",
            _ID,
            rf"(?P<id>{form})",
            lambda text, module=module: _is_valid(module, text),  # type: ignore[misc]
        )
        for module, form in _BY_FORM.items()
    ]
    named = [
        rule(
            f"number_{_short(module)}_named",
            _ID,
            rf"(?i)\b(?:{name}){_BETWEEN}(?P<id>(?-i:{form}))(?!\w)",
            lambda text, module=module: _is_valid(module, text),  # type: ignore[misc]
        )
        for module, (name, form) in _BY_NAME.items()
    ]
    return anywhere + named


def _short(module: str) -> str:
    return re.sub(r"\W+", "_", module).replace("__", "_")


NATIONAL_RULES: Final[tuple[Rule, ...]] = tuple(_rules())
