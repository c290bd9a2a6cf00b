"""Whether a question asks for an amount, and whether a statement tells one.

Promises: pure; English and French. A number in the name of something ("type 2",
"recommendation 4", "category 1") is no amount. Does not compare amounts.
"""

import re

from clinrag.inference.words import folded

_ASKS = re.compile(
    r"\bhow (?:many|much|often|long|frequent\w*|soon|high|low|old|large)\b"
    r"|\b(?:what|which|whose) (?:\w+ ){0,4}?(?:dos\w+|amount|number|level|threshold"
    r"|rate|age|price|cost|interval|frequency|duration|target|limit|quantity|value"
    r"|percentage|proportion|temperature|date|year)\b"
    r"|\bcombien\b|\ba partir de quel\w*|\bquel(?:le)?s? (?:\w+ ){0,2}?(?:dose|delai"
    r"|duree|age|montant|prix|nombre|quantite|seuil|frequence|date)\b"
)
_NAMED = re.compile(
    r"\b(?:type|stage|grade|class|category|recommendation|level|table|figure|section"
    r"|step|phase|group|factor|covid|vitamin[e]?|categorie|recommandation|etape)"
    r"s?[\s:-]*\#?\d[\w.]*"
)
_NUMBER_WORDS = (
    "once twice two three four five six seven eight nine ten eleven twelve daily weekly"
    " monthly yearly annually hourly half double deux trois quatre cinq six sept huit"
    " neuf dix onze douze quinze"
)
_TELLS = re.compile(rf"\d|\b(?:{'|'.join(_NUMBER_WORDS.split())})\b")


def asks_for_amount(question: str) -> bool:
    """Tell whether a number, a dose, a time or a frequency is wanted."""
    return bool(_ASKS.search(folded(question)))


def tells_amount(text: str) -> bool:
    """Tell whether a statement holds a number or a word for one."""
    return bool(_TELLS.search(_NAMED.sub(" ", folded(text))))
