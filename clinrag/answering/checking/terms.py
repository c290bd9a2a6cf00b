"""Words that turn a statement round: for whom it holds, and opposites.

Promises: pure, word lists as data. A group of people that the claim names must stand in
the source; one that restricts the source must stand in the claim; and of two opposites
the claim may not take the one that the source does not.
"""

from typing import Final

from clinrag.answering.wording import words

POPULATION: Final = "population_differs"
POPULATION_DROPPED: Final = "population_dropped"
OPPOSITE: Final = "opposite_in_source"

_POPULATIONS: Final = {
    name: frozenset(forms.split())
    for name, forms in {
        "pregnant": "pregnant pregnancy pregnancies gestation enceinte enceintes"
        " grossesse embarazada embarazadas embarazo gestante gestantes",
        "breastfeeding": "breastfeeding breastfeed lactation lactating allaitement"
        " allaitante allaitantes",
        "newborn": "newborn newborns neonate neonates neonatal premature preterm"
        " nouveau-né nouveau-nés",
        "infant": "infant infants infancy baby babies"
        " nourrisson nourrissons bébé bébés",
        "child": "child children childhood paediatric pediatric enfant enfants niño"
        " niños criança crianças kinder",
        "adolescent": "adolescent adolescents teenager teenagers teens adolescente"
        " adolescentes adolescence",
        "adult": "adult adults adulthood adulte adultes adulto adultos erwachsene",
        "elderly": "elderly frail geriatric older âgée âgées âgés",
        "woman": "woman women female females femme femmes mujer mujeres",
        "man": "man men male males homme hommes",
    }.items()
}
_RESTRICTING: Final = frozenset(
    {"pregnant", "breastfeeding", "newborn", "infant", "child", "adolescent", "elderly"}
)
_PAIRS_TEXT: Final = """
increase increases increased increasing raise raises raised rise rises higher augmenter
/ decrease decreases decreased decreasing reduce reduces reduced reducing lower diminuer
before avant / after après
start starts started initiate initiated initiation commencer
/ stop stops stopped discontinue discontinued withdraw withdrawn arrêter
more plus / less fewer moins
high élevé élevée / low faible
above exceeds exceeding / below
early / late
acute aigu aiguë / chronic chronique
benefit benefits beneficial / harm harms harmful
effective / ineffective
safe / unsafe
inhibit inhibits inhibited inhibition / activate activates activated activation induce
positive / negative
severe / mild
maximum / minimum
left / right
first / last
improve improves improved improvement / worsen worsens worsened
common / rare uncommon
short-term / long-term
dominant / recessive
with / without
male males / female females
"""
_PAIRS: Final = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        line.split("/")
        for line in _PAIRS_TEXT.replace("\n/", " /").strip().splitlines()
    )
)


def differences(
    part: str, *, claim: str, sentence: str, context: str
) -> tuple[str, ...]:
    """Codes for a part of a claim; `context` holds what the `sentence` stands under."""
    said, stated, around = set(words(part)), set(words(sentence)), set(words(context))
    mine, theirs = _populations(said), _populations(stated | around)
    rules = {
        POPULATION: bool(mine - theirs),
        POPULATION_DROPPED: _is_dropped(
            _populations(set(words(claim))), _populations(stated)
        ),
        OPPOSITE: any(
            _turned(said, stated, one, other) or _turned(said, stated, other, one)
            for one, other in _PAIRS
        ),
    }
    return tuple(code for code, applies in rules.items() if applies)


def _populations(found: set[str]) -> frozenset[str]:
    return frozenset(name for name, forms in _POPULATIONS.items() if found & forms)


def _is_dropped(said: frozenset[str], stated: frozenset[str]) -> bool:
    return bool((stated - said) & _RESTRICTING) and not said & stated


def _turned(
    said: set[str], stated: set[str], one: frozenset[str], other: frozenset[str]
) -> bool:
    """The claim says one of two opposites where the source says the other alone."""
    return bool(said & one and stated & other and not stated & one and not said & other)
