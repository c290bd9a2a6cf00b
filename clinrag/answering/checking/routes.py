"""By which way a medicine is given: a closed table, compared word for word.

Promises: pure. A route that the claim names must stand in its source, and one that the
source names may not be left out for none: the wrong route kills. Of two that the source
leaves open ("oral or IV") neither may be left out: the reader would not be told of the
gentler way. Abbreviations count in capitals, the commonest in small letters too.
"""

import re
from collections.abc import Iterator
from typing import Final

from clinrag.answering.wording import words

ROUTE: Final = "route_differs"
ROUTE_DROPPED: Final = "route_dropped"

_FORMS: Final = """
intravenous intravenously intraveineuse intraveineux intravenosa
/ intramuscular intramuscularly intramusculaire
/ subcutaneous subcutaneously subcut subcutánea souscutanée
/ intrathecal intrathecally intrathécale intratecal
/ oral orally orale
/ rectal rectally rectale suppository suppositories
/ vaginal vaginally vaginale pessary pessaries
/ sublingual sublingually sublinguale
/ buccal buccally oromucosal
/ inhaled inhalation inhalations inhaler inhalers inhalada
/ nebulised nebulized nebuliser nebulizer nebulisation nebulization nébulisation
/ topical topically topique
/ transdermal transdermally transdermique
/ epidural epidurally péridurale
/ intraosseous intraosseously
/ intradermal intradermally
/ intranasal intranasally nasal nasally
/ intravitreal intravitreally
/ intraarticular
/ intraperitoneal
/ intraventricular
"""
_ABBREVIATIONS: Final = {
    "IV": "intravenous", "IM": "intramuscular", "SC": "subcutaneous", "PO": "oral",
    "PR": "rectal", "PV": "vaginal", "IT": "intrathecal", "SL": "sublingual",
    "INH": "inhaled", "NEB": "nebulised", "TOP": "topical", "IO": "intraosseous",
}  # fmt: skip
_ROUTES: Final = {
    form: forms.split()[0] for forms in _FORMS.split("/") for form in forms.split()
}
_SHORT: Final = re.compile(
    r"\b(?:IV|IM|SC|PO|PR|PV|IT|SL|INH|NEB|TOP|IO|iv|im|sc|po|sl|pv|neb|inh)\b"
    r"|\b(?:[Ii]\.[VvMm]|[Ss]\.[Cc]|[Pp]\.[OoRrVv]|[Ss]\.[Ll])\.?(?!\w)"
)
_OR: Final = re.compile(r",? (?:or|ou|oder|o) |\s?/\s?", re.IGNORECASE)
BESIDE: Final = 2  # words on either side of "or" in which a route is looked for
_BY_MOUTH: Final = re.compile(r"\b(?:by mouth|per os)\b", re.IGNORECASE)


def differences(
    part: str, *, claim: str, sentence: str, context: str
) -> tuple[str, ...]:
    """Codes for a part of a claim; `context` holds what the `sentence` stands under."""
    stated = routes(sentence)
    rules = {
        ROUTE: bool(routes(part) - stated - routes(context)),
        ROUTE_DROPPED: bool(stated)
        and (not routes(claim) & stated or _is_narrowed(claim, sentence)),
    }
    return tuple(code for code, applies in rules.items() if applies)


def _is_narrowed(claim: str, sentence: str) -> bool:
    """Whether it names some of the routes between which the sentence lets choose."""
    named = routes(claim)
    return any(named & choice and choice - named for choice in _choices(sentence))


def _choices(sentence: str) -> Iterator[frozenset[str]]:
    told = _BY_MOUTH.sub("orally", sentence)
    for found in _OR.finditer(told):
        before = routes(" ".join(told[: found.start()].split()[-BESIDE:]))
        behind = routes(" ".join(told[found.end() :].split()[:BESIDE]))
        if before and behind:
            yield before | behind


def plain_route(word: str) -> str:
    """The route that a word names, in one form; any other word in small letters."""
    return next(iter(routes(word)), word.lower())


def routes(text: str) -> frozenset[str]:
    """The routes that `text`, which keeps its capitals, names."""
    named = {word.replace("-", "") for word in words(text)} & _ROUTES.keys()
    short = {found[0].replace(".", "").upper() for found in _SHORT.finditer(text)}
    mouth = {"oral"} if _BY_MOUTH.search(text) else set()
    return frozenset(
        {_ROUTES[one] for one in named} | {_ABBREVIATIONS[one] for one in short} | mouth
    )
