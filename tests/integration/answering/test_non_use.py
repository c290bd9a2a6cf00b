"""Non-use certificates: issued from the log, verified from its entries alone."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from audit.models import Entry
from audit.notes import Verifier
from clinrag.answering.errors import (
    CertificateInvalid,
    RangeNotProved,
    RangeTooLong,
    VersionWasUsed,
)
from clinrag.answering.impact.certificates import (
    Beside,
    Certificate,
    Part,
    beside,
    root_of,
    verify,
)
from clinrag.answering.impact.issuing import certify_non_use, entry_bodies
from clinrag.answering.reach import Use
from tests.integration.answering.clinic import Clinic, open_clinic
from tests.integration.answering.records import Used, record_answer
from tests.integration.answering.test_impact import DAY, T0, guideline

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
__all__ = ["guideline"]


@pytest.fixture
def ledger(db: None, settings: Any, tmp_path: Any) -> Clinic:
    return open_clinic(settings, tmp_path)


@pytest.fixture
def used(ledger, guideline):
    """The first edition was lost to a cut in the middle of the log; signed."""
    first, second, chunks = guideline
    for day in range(3):
        record_answer([Used(second.id, chunks[3].id, Use.CITED)], at=T0 + day * DAY)
    record_answer([Used(first.id, chunks[2].id, Use.CUT)], at=T0 + 4 * DAY)
    for day in range(5, 8):
        record_answer([Used(second.id, chunks[3].id, Use.CITED)], at=T0 + day * DAY)
    vkey = ledger.sign()
    verifier = Verifier.from_vkey(vkey)
    return first, second, {verifier.name: verifier}


def place_of_use(version_id: Any) -> int:
    return next(
        row.index
        for row in Entry.objects.order_by("index")
        if str(version_id).encode() in bytes(row.body)
    )


def test_certificate_is_issued_around_a_use_and_never_over_it(used):
    first, _second, verifiers = used
    at, end = place_of_use(first.id), Entry.objects.count() - 1
    with pytest.raises(VersionWasUsed):
        certify_non_use(first.id, at=T0)
    for low, high in ((0, at - 1), (at + 1, end), (at + 1, at + 1), (3, at - 1)):
        made = certify_non_use(first.id, at=T0, first=low, last=high)
        told = Certificate.from_json(made.to_json())
        assert told == made
        verify(told, entry_bodies(low, high), verifiers=verifiers)
    with pytest.raises(VersionWasUsed):
        certify_non_use(first.id, at=T0, first=at, last=at)


def test_certificate_tells_questions_that_end_outside_its_range(used):
    first, *_ = used
    at = place_of_use(first.id)
    made = certify_non_use(first.id, at=T0, first=0, last=at - 1)
    assert (made.received - made.ended, made.open) == (1, 1)


def test_certificate_is_refused_when_the_log_does_not_prove_the_range(used):
    first, *_ = used
    at, end = place_of_use(first.id), Entry.objects.count() - 1
    certify_non_use(first.id, at=T0, first=at + 1, last=end)
    for low, high in ((at + 1, end + 1), (5, 4), (-1, 3)):
        with pytest.raises(RangeNotProved):
            certify_non_use(first.id, at=T0, first=low, last=high)


def test_verification_fails_when_anything_was_altered(used):
    first, second, verifiers = used
    last = place_of_use(first.id) - 1
    made = certify_non_use(first.id, at=T0, first=2, last=last)
    bodies = list(entry_bodies(2, last))
    verify(made, bodies, verifiers=verifiers)
    part = made.parts[0]
    altered = [*bodies[:-1], bodies[-1].replace(b"ward", b"bard")]
    other = Beside(part.beside[0].start, part.beside[0].end, "00" * 32)
    for certificate, entries in (
        (made, altered),
        (made, bodies[:-1]),
        (made, bodies[::-1]),
        (replace(made, version_id=str(second.id)), bodies),
        (replace(made, last=last - 1), bodies),
        (replace(made, open=made.open + 1), bodies),
        (replace(made, parts=()), bodies),
        (replace(made, parts=(replace(part, start=3, end=part.end + 1),)), bodies),
        (replace(made, parts=(replace(part, beside=(other,)),)), bodies),
        (replace(made, parts=(replace(part, checkpoint="x"),)), bodies),
    ):
        with pytest.raises(CertificateInvalid):
            verify(certificate, entries, verifiers=verifiers)
    with pytest.raises(CertificateInvalid):
        verify(made, bodies, verifiers={})


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"parts": [1]}', "null"])
def test_certificate_is_refused_when_it_is_none(text):
    with pytest.raises(CertificateInvalid):
        Certificate.from_json(text)


@given(
    size=st.integers(1, 70),
    places=st.tuples(st.integers(0, 69), st.integers(0, 69)),
)
def test_root_follows_from_any_range_and_what_stands_beside(size, places):
    first, last = sorted(place % size for place in places)
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
    part = Part(
        shard=1,
        first_index=0,
        start=first,
        end=last + 1,
        checkpoint="",
        beside=tuple(
            Beside(low, high, merkle.root(leaves[low:high]).hex())
            for low, high in beside(first, last, size)
        ),
    )
    assert root_of(part, leaves[first : last + 1], size) == merkle.root(leaves)


def test_range_is_refused_when_a_request_would_read_too_much(used):
    first, *_ = used
    assert certify_non_use(first.id, at=T0, first=0, last=2, most=3).last == 2
    with pytest.raises(RangeTooLong):
        certify_non_use(first.id, at=T0, first=0, last=3, most=3)
    with pytest.raises(RangeTooLong):
        certify_non_use(first.id, at=T0, most=3)
