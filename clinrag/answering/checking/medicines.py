"""Which words name a medicine.

Promises: pure; names are data with their source (`data/medicines.txt`), classes and
everyday names stand below, and a word that ends as medicines do counts as one: better
a word too many that has to stand in the source than a new medicine that need not.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final

from clinrag.answering.wording import words

_OTHERS: Final = """
insulin paracetamol adrenaline noradrenaline salbutamol frusemide lignocaine pethidine
rifampicin ciclosporin oestradiol bendroflumethiazide chlorphenamine dosulepin
opioid opiate benzodiazepine gabapentinoid antibiotic antibacterial antifungal antiviral
antidepressant antipsychotic anticoagulant antiplatelet anticonvulsant antihistamine
statin nsaid ssri snri diuretic laxative corticosteroid steroid bisphosphonate
immunosuppressant contraceptive vaccine immunoglobulin sulfonylurea paxlovid naloxone
potassium magnesium calcium sodium iron folate thiamine gluten oestrogen estrogen
progestogen testosterone progesterone metadona morfina paracétamol ibuprofène
"""
_ENDING_WORDS: Final = """
cillin mycin micin pril prilat sartan olol statin azole prazole mab tinib ciclib
gliptin gliflozin formin oxetine triptyline azepam zolam codone morphone
fentanil caine parin xaban gatran navir ciclovir cyclovir cycline floxacin
oxacin solone terol tropium setron triptan dipine zosin tidine dronate
phylline barbital thiazide semide lukast profen trexate platin rubicin
glitazone glutide mustine penem peridol idone peridone racetam giline stigmine
curium dazole conazole fungin bactam thromycin zolid vudine tegravir asvir buvir
"""
_ENDINGS: Final = tuple(_ENDING_WORDS.split())
_NOT_MEDICINES: Final = frozenset(["cocaine", "caine"])
_SHORTEST: Final = 6

NAMES: Final = frozenset(
    line
    for line in (Path(__file__).parent / "data" / "medicines.txt")
    .read_text(encoding="utf-8")
    .splitlines()
    if line and not line.startswith("#")
) | frozenset(_OTHERS.split())


def medicines(text: str) -> frozenset[str]:
    """The words in `text` that name a medicine or look like one, in the singular.

    Whole words: hydrocodone and hydrocortisone begin alike.
    """
    return frozenset(
        _singular(part)
        for word in words(text)
        for part in (word, *word.split("-"))
        if _is_medicine(part)
    )


@lru_cache(maxsize=16_384)
def _is_medicine(word: str) -> bool:
    if word in _NOT_MEDICINES:
        return False
    if word in NAMES or _singular(word) in NAMES:
        return True
    return len(word) >= _SHORTEST and _singular(word).endswith(_ENDINGS)


def _singular(word: str) -> str:
    plain = "".join(
        char
        for char in unicodedata.normalize("NFD", word)
        if not unicodedata.combining(char)
    )
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else plain
