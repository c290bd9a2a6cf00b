"""What belongs to the best comes behind it; what repeats another gives way."""

from dataclasses import replace
from uuid import UUID

from clinrag.retrieval.companions import (
    LIFTED_TO,
    LONGEST_TOGETHER,
    REPEATED,
    Place,
    with_companions,
    without_repeats,
)
from clinrag.retrieval.fusion import Ranked

BEST, OTHER, THIRD = (UUID(int=number) for number in (1, 2, 3))
DOCUMENT, VERSION = UUID(int=10), UUID(int=11)
RANKED = (Ranked(BEST, 0.6), Ranked(OTHER, 0.5), Ranked(THIRD, 0.2))


def place(chunk_id: UUID, position: int, *, tokens: int = 60) -> Place:
    return Place(
        chunk_id=chunk_id,
        version_id=VERSION,
        cut=1,
        position=position,
        document_id=DOCUMENT,
        section_path=("Treatment",),
        tokens=tokens,
        text_sha256=str(chunk_id),
        announces=False,
    )


def order(*places: Place) -> list[UUID]:
    told = with_companions(RANKED, [BEST], {one.chunk_id: one for one in places})
    return [one.chunk_id for one in told]


def test_a_passage_comes_close_behind_the_best_when_they_share_a_short_section() -> (
    None
):
    found = with_companions(
        RANKED, [BEST], {BEST: place(BEST, 4), THIRD: place(THIRD, 5)}
    )

    assert found[1] == Ranked(THIRD, round(LIFTED_TO * 0.6, 9))


def test_a_passage_stays_behind_when_it_stands_under_another_heading_or_under_none() -> (
    None
):
    best, third = place(BEST, 4), place(THIRD, 5)
    elsewhere = replace(third, section_path=("Diagnosis",))
    nowhere = [replace(one, section_path=()) for one in (best, third)]

    assert order(best, third) == [BEST, THIRD, OTHER]
    assert order(best, elsewhere) == [BEST, OTHER, THIRD]
    assert order(*nowhere) == [BEST, OTHER, THIRD]


def test_a_passage_stays_behind_when_both_are_longer_than_one_may_be() -> None:
    best, third = place(BEST, 4, tokens=LONGEST_TOGETHER), place(THIRD, 5)

    assert order(best, third) == [BEST, OTHER, THIRD]


def test_a_list_comes_along_however_long_when_the_best_announces_it() -> None:
    best = replace(place(BEST, 4, tokens=LONGEST_TOGETHER), announces=True)

    assert order(best, place(THIRD, 5)) == [BEST, THIRD, OTHER]
    assert order(best, place(THIRD, 3)) == [BEST, OTHER, THIRD]


def test_a_passage_two_places_away_comes_along_when_what_is_between_does() -> None:
    best, between, third = place(BEST, 4), place(OTHER, 5), place(THIRD, 6)

    assert order(best, third) == [BEST, OTHER, THIRD]
    assert set(order(best, between, third)[1:]) == {OTHER, THIRD}
    found = with_companions(
        RANKED, [BEST], {one.chunk_id: one for one in (best, between, third)}
    )
    assert found[1].score == found[2].score


def test_a_passage_of_another_version_stays_behind_when_it_has_the_next_place() -> None:
    best, third = place(BEST, 4), place(THIRD, 5)

    assert order(best, replace(third, version_id=DOCUMENT)) == [BEST, OTHER, THIRD]


def test_the_same_words_again_give_way_when_they_are_of_one_document() -> None:
    best, other = place(BEST, 4), place(OTHER, 9)
    again = replace(other, text_sha256=best.text_sha256)
    ranked = (*RANKED[:2], Ranked(THIRD, 0.4))

    assert [one.chunk_id for one in without_repeats(ranked, {BEST: best, OTHER: other})]
    found = without_repeats(ranked, {BEST: best, OTHER: again})
    assert found[-1] == Ranked(OTHER, REPEATED * 0.5)
    elsewhere = replace(again, document_id=VERSION)
    assert without_repeats(ranked, {BEST: best, OTHER: elsewhere}) == ranked
