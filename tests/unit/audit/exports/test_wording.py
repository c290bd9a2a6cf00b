"""A summary tells people words, one form of time, and ids in one piece."""

from audit.events import EventType
from audit.exports import wording
from audit.exports.scopes import Kind


def test_each_type_and_kind_has_words_of_its_own():
    assert set(EventType) == set(wording.TYPES)
    assert len(set(wording.TYPES.values())) == len(EventType)
    assert set(Kind) == set(wording.KINDS)


def test_unknown_code_is_opened_up_when_there_are_no_words_for_it():
    assert wording.type_words("ward.round_begun") == "ward round begun"


def test_times_read_alike_whatever_form_and_zone_they_come_in():
    told = "3 Nov 2026, 12:33:05 UTC"
    assert wording.moment("2026-11-03T12:33:05.123456Z") == told
    assert wording.moment("2026-11-03T14:33:05+02:00") == told
    assert wording.moment("") == ""


def test_ids_and_hashes_are_told_from_words():
    assert wording.is_whole("ab" * 32)
    assert wording.is_whole("019ab2c3-0000-7000-8000-0123456789ab")
    assert not wording.is_whole("answered")
