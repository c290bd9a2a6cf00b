"""Saying a true sentence in another way that leaves it true.

Promises: pure and deterministic; None where a sentence has nothing of the kind. Each
function does what a writer does who sums a source up: tells a list in another order or
one item of it, puts a condition in front, turns a verb round with its nouns, leaves out
what is said by the way, or takes a plainer word. Sentences with a denial or a number
where one would be moved are left alone: of those it is not sure that they stay true.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from clinrag.answering.wording import NEGATIONS, words

Restatement = Callable[[str], str | None]

_ITEM: Final = r"[a-z][a-z'-]+(?: [a-z][a-z'-]+){0,2}"
_LIST: Final = re.compile(
    r"(?P<head>\b(?:such as|including|include|includes|like|cause|causes) )"
    rf"(?P<items>{_ITEM}(?:, {_ITEM})+),? (?P<join>and|or) (?P<last>{_ITEM})(?=[.;])"
)
_PAIR: Final = re.compile(
    r"(?P<head>\b(?:of|by|with|for|from|in|as|includ(?:e|es|ing)|causes?) )"
    r"(?P<one>[a-z][a-z'-]{3,}) (?P<join>and|or) (?P<other>[a-z][a-z'-]{3,})(?=[.,;])"
)
_CONDITION: Final = re.compile(
    r"^(?P<word>If|When) (?P<condition>[^,]{8,90}), (?P<rest>[^,;:]{15,160})\.$"
)
_CONDITION_BEHIND: Final = re.compile(
    r"^(?P<rest>[^,;:]{15,160}) (?P<word>if|when) (?P<condition>[^,;:]{8,90})\.$"
)
_CAUSED: Final = re.compile(
    r"^(?P<one>[A-Z][^,;:.]{3,60}?) (?P<verb>is|are) caused by "
    r"(?P<other>[^,;:.]{3,80})\.$"
)
_AN_ASIDE: Final = re.compile(
    r"(?<=\w), (?:which|who) (?![^,]*\d)[^,;:]{8,100},(?= [a-z])"
    r"|(?<=\w) \((?:also )?(?:called|known as) [^()\d]{3,60}\)"
)
_AT_FIRST: Final = re.compile(
    r"^(?:However|In addition|Also|For example|Therefore|Furthermore|In general|Thus"
    r"|In fact|Additionally|Moreover|As a result), (?P<first>\w)"
)
_SECOND_CLAUSE: Final = re.compile(
    r"^(?P<first>[A-Z][^;:]{25,160}); (?P<second>[a-z][^;:]{25,160})\.$"
)
_PLAINER: Final[Mapping[str, str]] = {
    "such as": "like", "people with": "patients with", "begin": "start",
    "because of": "due to", "is called": "is known as", "are called": "are known as",
    "doctor": "physician", "physician": "doctor", "approximately": "about",
    "help to": "help", "a number of": "several", "in order to": "to",
    "also known as": "also called", "people who have": "people with", "lead to":
    "result in", "leads to": "results in", "have difficulty": "have trouble",
    "in addition to": "besides", "individuals": "people", "affected": "concerned",
    "typically": "usually", "usually": "generally", "generally": "usually",
    "show": "reveal", "need": "require", "signs and symptoms": "symptoms and signs",
}  # fmt: skip
_LEFT_ALONE: Final = frozenset(["if", "when", "unless", "only", "until"])


def order_of_a_list(sentence: str) -> str | None:
    """The items the other way round: "a, b, and c" as "c, b and a"."""
    found = _LIST.search(sentence)
    if found is None or _denies(sentence):
        return None
    items = [*found["items"].split(", "), found["last"]][::-1]
    told = f"{found['head']}{', '.join(items[:-1])} {found['join']} {items[-1]}"
    return _replaced(sentence, found, told)


def one_of_a_list(sentence: str) -> str | None:
    """One item of those named: "such as a, b, and c" as "such as b"."""
    found = _LIST.search(sentence)
    if found is None or _denies(sentence) or found["join"] == "or":
        return None
    return _replaced(sentence, found, found["head"] + found["items"].split(", ")[-1])


def order_of_a_pair(sentence: str) -> str | None:
    found = _PAIR.search(sentence)
    if found is None or _denies(sentence):
        return None
    told = f"{found['head']}{found['other']} {found['join']} {found['one']}"
    return _replaced(sentence, found, told)


def condition_behind(sentence: str) -> str | None:
    found = _CONDITION.match(sentence)
    if found is None:
        return None
    word = found["word"].lower()
    return f"{_upper(found['rest'])} {word} {found['condition']}."


def condition_in_front(sentence: str) -> str | None:
    found = _CONDITION_BEHIND.match(sentence)
    if found is None:
        return None
    rest = _lower(found["rest"])
    return f"{found['word'].capitalize()} {found['condition']}, {rest}."


def cause_first(sentence: str) -> str | None:
    """What causes before what it causes: the words, turned with their verb."""
    found = _CAUSED.match(sentence)
    if found is None or _denies(sentence):
        return None
    return f"{_upper(found['other'])} causes {_lower(found['one'])}."


def aside_left_out(sentence: str) -> str | None:
    told = _AN_ASIDE.sub("", sentence, count=1)
    return None if told == sentence else told


def linking_word_left_out(sentence: str) -> str | None:
    found = _AT_FIRST.match(sentence)
    return found and found["first"].upper() + sentence[found.end() :]


def one_of_two_clauses(sentence: str) -> str | None:
    """The first of two that a semicolon parts, unless one restricts the other."""
    found = _SECOND_CLAUSE.match(sentence)
    if found is None or set(words(sentence)) & _LEFT_ALONE:
        return None
    return f"{found['first']}."


def plainer_word(sentence: str) -> str | None:
    for old, new in _PLAINER.items():
        pattern = rf"(?<![\w-]){old}(?![\w-])"
        if re.search(pattern, sentence):
            return re.sub(pattern, new, sentence, count=1)
    return None


RESTATEMENTS: Final[Mapping[str, Restatement]] = {
    "list_reordered": order_of_a_list,
    "list_item": one_of_a_list,
    "pair_reordered": order_of_a_pair,
    "condition_behind": condition_behind,
    "condition_in_front": condition_in_front,
    "cause_first": cause_first,
    "aside_left_out": aside_left_out,
    "linking_word_left_out": linking_word_left_out,
    "one_of_two_clauses": one_of_two_clauses,
    "plainer_word": plainer_word,
}


def _denies(sentence: str) -> bool:
    return bool(set(words(sentence)) & NEGATIONS)


def _replaced(sentence: str, found: re.Match[str], told: str) -> str:
    return sentence[: found.start()] + told + sentence[found.end() :]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    """With a small first letter, unless the first word is a name or abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
