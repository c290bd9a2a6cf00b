"""From drafted fields to checked fields: what may stand in which.

Promises: pure. Each claim is checked as any claim is, and must besides rest on one kind
of source alone, the encounter or the approved documents, and on one that its field
takes. A claim that does not is unsupported: nothing is moved to another field, and
nothing is attached to fill one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from clinrag.answering.formats.types import Format, Source
from clinrag.answering.grounding import CheckedClaim, Grounding, check_claims
from clinrag.answering.types import AnswerField, Claim, Verdict
from clinrag.inference.types import ENCOUNTER, DraftAnswer, EvidencePassage

MIXED: Final = "sources_mixed"
NOT_FOR_FIELD: Final = "source_not_for_field"


def check_fields(
    draft: DraftAnswer, evidence: Sequence[EvidencePassage], *, form: Format
) -> Grounding:
    """Checks each claim against `evidence`, all that was in the prompt, and its field.

    Raises KeyError for a claim of a field that the format has not.
    """
    grounding = check_claims(draft, evidence)
    checked = zip(draft.claims, grounding.claims, strict=True)
    return Grounding(tuple(_held(claim, told.field, form) for told, claim in checked))


def sources_of(claim: CheckedClaim) -> frozenset[Source]:
    """The kinds of source that its quotes stand in."""
    return frozenset(
        Source.CONTEXT if span.passage_number == ENCOUNTER else Source.PASSAGE
        for span in claim.spans
    )


def answer_fields(
    claims: Iterable[Claim], *, drafted: Iterable[str], form: Format
) -> tuple[AnswerField, ...]:
    """Each field with the places of its claims, from 1; an empty one says why.

    `drafted` are the fields that something was drafted for.
    """
    places: dict[str, list[int]] = {}
    for place, claim in enumerate(claims, start=1):
        places.setdefault(claim.field, []).append(place)
    tried = frozenset(drafted)
    return tuple(
        AnswerField(
            name=field.name,
            title=field.title,
            claims=tuple(places.get(field.name, ())),
            empty=None
            if field.name in places
            else form.left_out
            if field.name in tried
            else form.nothing,
        )
        for field in form.fields
    )


def _held(claim: CheckedClaim, name: str, form: Format) -> CheckedClaim:
    """The claim under its field, unsupported if the field does not take its source."""
    found = sources_of(claim)
    codes = {
        MIXED: len(found) > 1,
        NOT_FOR_FIELD: not all(map(form.field(name).takes, found)),
    }
    wrong = tuple(code for code, applies in codes.items() if applies)
    if not wrong:
        return replace(claim, field=name)
    return replace(
        claim,
        field=name,
        verdict=Verdict.UNSUPPORTED,
        problems=(*claim.problems, *wrong),
    )
