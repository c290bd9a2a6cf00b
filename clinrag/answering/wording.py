"""Words of a sentence, and those that carry its meaning.

Promises: pure, word lists as data, in English, French, Spanish, Portuguese and
German. Compares words, not meanings: what it lets through is worded like the
source, what it stops may still be true.
"""

import re
import unicodedata

_NEGATIONS = """
no not never none neither nor without cannot can't don't doesn't didn't isn't aren't
won't shouldn't mustn't wasn't weren't unnecessary contraindicated inappropriate avoid
avoided avoiding avoids
ne n'est n'ont n'a pas jamais sans aucun aucune ni éviter évitez contre-indiqué
nunca sin ningún ninguna ninguno evitar evite contraindicado
não nem sem nenhum nenhuma nao
nicht kein keine keinen keiner keinem nie niemals ohne vermeiden kontraindiziert
"""
_STOPWORDS = """
a about above after all also am an and any are as at be been before being below between
both but by can could did do does doing done during each either else ever every few for
from further get had has have having he her here hers him his how however i if in into
is it its itself just may me might more most much must my of off often on once one only
or other our ours out over own per same shall she should since so some such than that
the their them then there these they this those though through thus to too under until
up upon us use used uses using very was we were what when where whether which while who
whom whose why will with would yes you your yours based according including include
includes recommended recommendation recommendations recommends guidance guideline says
states source passage text document
au aux avec ce ces cette cet chez comme dans de des du elle en entre est et être eu il
ils je la le les leur lui mais même nous on ou où par plus pour qu que qui sa se selon
ses si son sont sur ta te tes toi ton tous tout toute toutes très tu un une votre vos
vous y dès doit doivent peut peuvent
al como con del desde el ella ellos entre era es esa ese esta este esto fue ha hay la
las lo los más muy o para pero por porque puede pueden que se ser si sobre son su sus
tiene todo un una uno y ya debe deben
ao aos as até com da das dele dela do dos e ela ele em essa esse esta este foi isso
já mais mas na nas no nos num o os ou pela pelo pode podem por quando que se ser seu
sua são também tem um uma deve devem
aber als am auch auf aus bei bis das dass dem den der des die durch ein eine einem einen
einer es für hat ich ihr im in ist kann können mit nach oder sein sich sie sind so soll
sollen über um und unter vom von vor war was wenn werden wie wird wir zu zum zur
"""
NEGATIONS = frozenset(_NEGATIONS.split())
STOPWORDS = frozenset(_STOPWORDS.split())

STEM_LENGTH = 6
SHORTEST_CONTENT_WORD = 3
_WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*")


def words(text: str) -> tuple[str, ...]:
    """The words of a folded text in lower case; digits are no words."""
    return tuple(word.lower() for word in _WORD.findall(text))


def content_stems(text: str) -> frozenset[str]:
    """Stems of the words that carry the meaning of `text`."""
    parts = (part for word in words(text) for part in word.split("-"))
    return frozenset(stem(part) for part in parts if _has_content(part))


def stem(word: str) -> str:
    """The beginning of a word without accents and plural; crude on purpose.

    "prescribe" and "prescribing" come out alike.
    """
    return _singular(word)[:STEM_LENGTH]


def _singular(word: str) -> str:
    plain = "".join(
        char
        for char in unicodedata.normalize("NFD", word)
        if not unicodedata.combining(char)
    )
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else plain


def _has_content(word: str) -> bool:
    return (
        len(word) >= SHORTEST_CONTENT_WORD
        and word not in STOPWORDS
        and word not in NEGATIONS
    )
