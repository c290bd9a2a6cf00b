"""How quantities are written in English and French, as regular expressions.

Promises: every digit of a text is matched by `QUANTITY`, within one quantity; a range
or a pair of limits (140/90) is one match, its comparison and unit included.
Will not: understand; `quantities` reads what the groups hold.
"""

import re
from typing import Final

from ingestion.diffing.units import PATTERN

# Any space that does not end a line: plain, non-breaking, thin.
SPACE: Final = r"[^\S\n]"
FRACTIONS: Final = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
# A nought parts no thousands: "0,125" is a decimal.
COMMAS: Final = r"[1-9]\d{0,2}(?:,\d{3})+(?!\d)(?:\.\d+)?"
SPACES: Final = r"[1-9]\d{0,2}(?:[\u00a0\u202f\u2009 ]\d{3})+(?!\d)(?:[.,]\d+)?"
EXPONENT: Final = r"[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+"
POWER: Final = rf"(?:{SPACE}?[×x·]{SPACE}?10)?{EXPONENT}"
# ".5" after a word or a bracket is a note's number behind the full stop.
NUMBER: Final = (
    rf"(?:(?:{COMMAS}|{SPACES}|\d+(?:[.,]\d+)*[{FRACTIONS}]?"
    rf"|(?<![\w.,)\]])[.,]\d+|[{FRACTIONS}])(?:{POWER})?)"
)
# Behind a digit it is a range, and a hyphen behind a word (COVID-19) is none either.
MINUS: Final = (
    rf"(?:(?<!\d)(?<!\d\s)\u2212{SPACE}?"
    r"|(?<![\w°%‰)\]/-])(?<!\d\s)[-\u2010\u2011\u2013])"
)
DASH: Final = r"[-\u2010-\u2014\u2212]"
NUMBER_WORDS: Final = {
    word: value
    for value, words in enumerate(
        (
            "zero zéro",
            "one un une",
            "two deux",
            "three trois",
            "four quatre",
            "five cinq",
            "six",
            "seven sept",
            "eight huit",
            "nine neuf",
            "ten dix",
            "eleven onze",
            "twelve douze",
        )
    )
    for word in words.split()
}
# What stands before or after a number, and the sign it comes to.
BEFORE: Final = (
    (
        "≥",
        (
            r"≥|>=|>\sor\s=|at\sleast|not?\sless\sthan|not\sbelow|(?:a\s)?minimum\sof|au\smoins"
            r"|à\spartir\sde|supérieure?s?\sou\ségale?s?\sà|greater\sthan\sor\sequal\sto"
        ),
    ),
    (
        "≤",
        (
            r"≤|<=|<\sor\s=|at\smost|not?\smore\sthan|not\s(?:to\s)?exceed(?:ing)?|up\sto"
            r"|(?:a\s)?maximum\sof|au\splus|au\smaximum|jusqu['’]à"
            r"|inférieure?s?\sou\ségale?s?\sà|less\sthan\sor\sequal\sto"
        ),
    ),
    (
        ">",
        (
            r">|(?:more|greater|higher|older|longer)\sthan|above|over|exceed(?:s|ing)?"
            r"|plus\sde|supérieure?s?\sà|au[-\s]dessus\sde|au[-\s]delà\sde"
        ),
    ),
    (
        "<",
        (
            r"<|(?:less|fewer|lower|younger|shorter)\sthan|below|under"
            r"|moins\sde|inférieure?s?\sà|en[-\s]dessous\sde"
        ),
    ),
    ("~", r"~|±|about|approximately|around|environ"),
)
AFTER: Final = (
    (
        "≥",
        r"(?:or|and)\s(?:more|over|older|above|higher|greater|longer)|(?:ou|et)\splus",
    ),
    ("≤", r"(?:or|and)\s(?:less|under|younger|below|lower|fewer|shorter)|ou\smoins"),
)
DAYS: Final = r"(?:day|week|month|year|hour|jour|semaine|mois|an|heure)s?"

_BEFORE: Final = "|".join(words for _, words in BEFORE)
_AFTER: Final = "|".join(words for _, words in AFTER)
_WORD: Final = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_UNIT: Final = rf"(?:{PATTERN})(?![^\W\d_]|['’]\w)"
_PER: Final = (
    rf"(?:{SPACE}?/{SPACE}?(?:\d+{SPACE}?)?[^\W\d_]+[²2]?"
    rf"|{SPACE}(?:per|par|a|an|each|every){SPACE}(?:{NUMBER}{SPACE})?"
    rf"(?:{DAYS}|dose|kg)\b|{SPACE}(?:daily|weekly|monthly|hourly)\b)*"
)
_MONTH: Final = (
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|janv|févr|mars|avril|mai|juin"
    r"|juil|août|sept|déc)[a-zéû]*\.?"
)
_DATE: Final = (
    r"\b\d{4}-\d{2}(?:-\d{2})?\b|\b(?:19|20)\d{2}[/–]\d{2}\b|\b\d{1,2}/\d{1,2}/\d{4}\b"
    rf"|\b(?:\d{{1,2}}(?:st|nd|rd|th|er)?\s)?{_MONTH}\s(?:\d{{1,2}},\s)?\d{{4}}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th|er)?\s{_MONTH}(?!\w)"
    rf"|\b(?:19|20)\d{{2}}\b(?!{SPACE}?(?:{_UNIT}))"
)
_NUMBERING: Final = (
    r"(?:\b(?:recommendations?|sections?|tables?|figures?|chapters?|pages?|lines?"
    r"|annexe?s?|appendix|steps?|boxe?s?|versions?|tableaux?|recommandations?|étapes?"
    r"|phases?|types?|item|no\.):?\s#?|#)\d+(?:[.\-–]\d+)*|\[\d+(?:[,\-–]\s?\d+)*\]"
)
_OFTEN: Final = (
    rf"\b(?:once|twice){SPACE}(?:daily|weekly|monthly"
    rf"|(?:a|per|every){SPACE}(?:day|week|month|year))\b|\btwice\b"
)
_WORDED: Final = (
    rf"(?:(?<![^\W_])(?P<word_before>{_BEFORE}){SPACE})?\b(?P<word>{_WORD})"
    rf"(?:{SPACE}(?:to|or|à|ou){SPACE}(?P<word_high>{_WORD}))?"
    rf"(?:{SPACE}|-)(?P<word_unit>{_UNIT})(?P<word_per>{_PER})"
    rf"(?:{SPACE}(?P<word_after>{_AFTER})\b(?!{SPACE}than))?"
)
_AMOUNT: Final = (
    rf"(?:(?P<between>\b(?:between|entre)){SPACE})?"
    rf"(?:(?<![^\W_])(?P<before>{_BEFORE}){SPACE}{{0,2}})?(?P<money>[£€$])?"
    rf"(?P<low>{MINUS}?{NUMBER})"
    rf"(?:(?:{SPACE}?(?P<low_unit>{_UNIT}))?{SPACE}?"
    rf"(?:{DASH}|to|à|or|ou|(?(between)and|(?!))|(?(between)et|(?!))){SPACE}?[£€$]?"
    rf"(?P<high>{MINUS}?{NUMBER}))?"
    rf"(?P<pair>(?:/\d+(?:[.,]\d+)*)*)"
    rf"(?:[-\u2010\u2011]?{SPACE}?(?P<unit>{_UNIT})(?P<per>{_PER}))?"
    rf"(?:{SPACE}(?:of{SPACE}age{SPACE}|old{SPACE})?(?P<after>{_AFTER})\b(?!{SPACE}than))?"
)
QUANTITY: Final = re.compile(
    rf"(?P<date>{_DATE})|(?P<numbering>{_NUMBERING})|(?P<often>{_OFTEN})"
    rf"|{_WORDED}|{_AMOUNT}",
    re.IGNORECASE,
)
