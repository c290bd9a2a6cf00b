"""Where sentences end, with the abbreviations of clinical English in mind.

Promises: the sentences in order hold every word of the text.
Will not: be asked for paragraphs that fit as they are (it is the slowest step).
"""

from functools import lru_cache
from typing import Final

import nupunkt

# Units such as mg are left out on purpose: they end sentences ("10 mg. Then …").
CLINICAL_ABBREVIATIONS: Final = (
    "a.c a.m approx b.d b.i.d b.p c.f cap caps cf conc contraind dept diag diff dil "
    "e.g ed eds esp est et.al etc fig figs freq h.s hosp i.e i.m i.p i.v incl "
    "inj max mth n.b nos o.d o.m o.n p.c p.m p.o p.r p.r.n p.v pp prep pt pts "
    "q.d q.d.s q.h q.i.d q.o.d q.s rec ref refs resp s.c s.l s.o.s sol soln sp spp "
    "subcut suppl susp syr t.d.s t.i.d tab tabs temp u.d viz vol vols vs"
)


@lru_cache(maxsize=1)
def _tokenizer() -> nupunkt.PunktSentenceTokenizer:
    tokenizer = nupunkt.load_default_model()
    tokenizer.add_abbreviations(CLINICAL_ABBREVIATIONS.split())
    return tokenizer


def sentences_of(text: str) -> list[str]:
    """Return the sentences, without the white space around them."""
    stripped = (sentence.strip() for sentence in _tokenizer().tokenize(text))
    return [sentence for sentence in stripped if sentence]
