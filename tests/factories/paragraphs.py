"""Made-up guidelines, as long as a test needs them, and their next edition."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Passage:
    """What comparing needs of a passage."""

    text: str
    section_path: tuple[str, ...]
    content_sha256: str = ""


def guideline(paragraphs: int, *, seed: int = 7) -> list[Passage]:
    """Paragraphs of made-up words under headings of ten each."""
    chance = Random(seed)
    return [
        Passage(
            " ".join(_sentence(chance) for _ in range(4)),
            ("Guideline", f"Chapter {n // 100}", f"Section {n // 10}"),
        )
        for n in range(paragraphs)
    ]


def edited(old: Sequence[Passage]) -> list[Passage]:
    """One paragraph in twenty has another unit, and the first quarter stands last."""
    new = [
        Passage(one.text.replace(" mg", " g", 1), one.section_path)
        if n % 20 == 0
        else one
        for n, one in enumerate(old)
    ]
    quarter = len(new) // 4
    return [*new[quarter:], *new[:quarter]]


def _sentence(chance: Random) -> str:
    return (
        f"Offer drug{chance.randrange(400)} {chance.randrange(5, 500)} mg to"
        f" patients with condition{chance.randrange(400)} unless"
        f" finding{chance.randrange(400)} lasts over {chance.randrange(2, 90)} days."
    )
