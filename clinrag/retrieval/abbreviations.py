"""Writing out abbreviations in a question, for searching only.

Promises: pure; only what has one meaning is written out; letter case counts, so
that "all", "or" and "AM" stay words; every expansion is told. An abbreviation
with several meanings is left alone here: `ambiguous` names it with its meanings
so that the corpus may decide. Does not touch the question that is shown,
recorded or given to a model, and knows English only.
"""

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from clinrag.retrieval.types import Expansion

DATA = Path(__file__).parent / "data"
FILES = ("abbreviations.csv", "clinical_forms.csv")

# Two letters mean too many things for one person's list to know them all.
SHORTEST_TRUSTED = 2

_DOTTED = r"(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?|[^\W\d_]\.[^\W\d_]\b"
_WORD = r"[^\W_]+(?:[-/&][^\W_]+)*"
_TOKEN = re.compile(f"{_DOTTED}|{_WORD}")
_EVERY_HOURS = re.compile(r"q(\d{1,2})h(?:rs?)?", re.IGNORECASE)
_ROMAN = re.compile(r"[IVX]+")
_NUMBERED = re.compile(
    r"\b(?:class|factor|grade|group|level|part|phase|schedule|stage|table|type)s?\s+$",
    re.IGNORECASE,
)
# Written in capitals for stress, these are still no abbreviations.
_ORDINARY = frozenset(
    """act age aid air all am an and any are art as ask at bad be but by can cap cat do
    ear eat end far fat few fit for get go had has he her him his how if in is it its
    lab leg let lie lot low man may me men mid mix my new no nor not now of off on one
    or out own pad per pet put rap rat run sad sat see set she sit so the tip to too
    top try up us use war was wave we who why yet you""".split()  # noqa: SIM905
)
_REMARK = re.compile(r"\s*[\[(].*?[\])]")


@dataclass(frozen=True, slots=True)
class Glossary:
    """What abbreviations stand for.

    `exact` as written, `folded` in any letter case (keys in lower case),
    `dotted` only with full stops (keys without them, in lower case), and
    `several` those of more than one meaning. `edition` names the content of the files
    they were read from, for the record.
    """

    exact: Mapping[str, str]
    folded: Mapping[str, str] = field(default_factory=dict)
    dotted: Mapping[str, str] = field(default_factory=dict)
    several: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    edition: str = ""


@dataclass(frozen=True, slots=True)
class Expanded:
    """A question as it is searched, and what was written out in it."""

    text: str
    expansions: tuple[Expansion, ...]
    edition: str = ""

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """As they are recorded: which edition of the glossary was looked into."""
        return (("glossary", self.edition),) if self.edition else ()


@lru_cache(maxsize=1)
def default_glossary() -> Glossary:
    """Read the glossary from the files beside this module (see data/README.md)."""
    collected: dict[str, set[str]] = defaultdict(set)
    for row in _rows("abbreviations.csv"):
        if _is_abbreviation(row["abbreviation"]):
            collected[row["abbreviation"]].add(_readable(row["meaning"]))
    forms: dict[str, dict[str, str]] = {"exact": {}, "any": {}, "dotted": {}}
    for row in _rows("clinical_forms.csv"):
        key = row["short"] if row["case"] == "exact" else row["short"].lower()
        forms[row["case"]][key] = row["long"]
    single = {
        key: next(iter(all_))
        for key, all_ in collected.items()
        if _one(all_) and len(key) > SHORTEST_TRUSTED
    }
    several = {
        key: tuple(sorted(all_)) for key, all_ in collected.items() if not _one(all_)
    }
    return Glossary(
        exact=single | forms["exact"],
        folded=forms["any"],
        dotted=forms["any"] | forms["dotted"],
        several=several,
        edition=_edition(),
    )


def expand(
    text: str,
    *,
    glossary: Glossary,
    chosen: Mapping[str, str] | None = None,
) -> Expanded:
    """Write out each known abbreviation after its first mention, in parentheses.

    `chosen` holds meanings decided elsewhere for ambiguous ones. A long form that
    already stands in the question is not added again.
    """
    shouting = _is_shouting(text)
    found: dict[str, Expansion] = {}
    pieces: list[str] = []
    done = 0
    for start, end, short in _candidates(text):
        long = _meaning(short, glossary, shouting=shouting) or (chosen or {}).get(short)
        if long is None or _is_numeral(text, start, short):
            continue
        if short in found or long.lower() in text.lower():
            continue
        found[short] = Expansion(short=short, long=long)
        pieces += [text[done:end], f" ({long})"]
        done = end
    written = "".join([*pieces, text[done:]])
    return Expanded(written, tuple(found.values()), glossary.edition)


def ambiguous(text: str, *, glossary: Glossary) -> dict[str, tuple[str, ...]]:
    """Return the abbreviations of several meanings in a question."""
    if _is_shouting(text):
        return {}
    return {
        short: glossary.several[short]
        for start, _, short in _candidates(text)
        if short in glossary.several
        and _meaning(short, glossary, shouting=False) is None
        and not _is_numeral(text, start, short)
    }


def _candidates(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield each token and, for composites such as "anti-TNF", its parts.

    All of them end where the token ends, so that nothing is put inside a word.
    """
    for match in _TOKEN.finditer(text):
        token = match.group()
        parts = [part for part in re.split(r"[-/]", token) if part != token]
        for short in (token, *parts):
            yield match.start(), match.end(), short


def _meaning(short: str, glossary: Glossary, *, shouting: bool) -> str | None:
    hours = _EVERY_HOURS.fullmatch(short.replace(".", ""))
    if hours:
        return f"every {hours.group(1)} hours"
    if "." in short:
        return glossary.dotted.get(short.replace(".", "").lower())
    stem = short[:-1] if short.endswith("s") and short[:-1].isupper() else short
    return glossary.folded.get(stem.lower()) or (
        None if shouting else glossary.exact.get(short) or glossary.exact.get(stem)
    )


def _is_shouting(text: str) -> bool:
    """Tell whether letter case says nothing: several words, none in lower case."""
    return len(text.split()) > 1 and text.upper() == text


def _is_numeral(text: str, start: int, short: str) -> bool:
    """Tell whether the token counts something, as in "stage IV" or "factor IX"."""
    return bool(_ROMAN.fullmatch(short) and _NUMBERED.search(text[:start]))


def _is_abbreviation(short: str) -> bool:
    """Tell whether letter case sets it apart: one word, with two capitals or more."""
    capitals = sum(character.isupper() for character in short)
    return (
        capitals > 1
        and bool(_TOKEN.fullmatch(short))
        and short.lower() not in _ORDINARY
    )


def _one(meanings: Iterable[str]) -> bool:
    return len({meaning.lower() for meaning in meanings}) == 1


def _readable(meaning: str) -> str:
    """Drop remarks and second wordings: "by mouth/oral", "drug(s)"."""
    return _REMARK.sub("", meaning).strip()


def _edition() -> str:
    """The files' SHA-256, shortened: the same edition never holds other meanings."""
    content = b"".join((DATA / name).read_bytes() for name in FILES)
    return f"clinical-en@{hashlib.sha256(content).hexdigest()[:12]}"


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
