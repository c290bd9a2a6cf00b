"""A decision about an edition is signed, whatever the way it was made.

Broken on purpose by dropping the constraint `review_is_signed`, the check in
`actions.review_version`, or by calling that from anywhere but the one way, these fail.
"""

import ast
from itertools import product
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from ingestion import actions
from ingestion.actions import Signature
from ingestion.errors import DecisionNotSigned
from ingestion.models import Review
from tests.factories.ingestion import (
    T0,
    make_document_version,
    make_review,
    make_version_text,
)
from tests.factories.people import REVIEWER
from tests.factories.signatures import SIGNED

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
THE_ONE_WAY = "clinrag/answering/foresight/signing.py"
SHA256 = "cd" * 32
# What a decision may be bound to: everything that could be handed in.
HANDED_IN = [
    Signature(how, worth, digest, acknowledged=known)
    for how, worth, digest, known in product(
        ["", "password", "recent_sign_in"],
        ["", "fresh", "stale", "missing", "other"],
        ["", SHA256],
        [False, True],
    )
]


def is_whole(signature: Signature, decision: str) -> bool:
    """The rule, said a second time and in other words."""
    reports = {"fresh": SHA256, "stale": SHA256, "missing": ""}
    if signature.authenticated_by != "password":
        return False
    if reports.get(signature.foresight) != signature.foresight_sha256:
        return False
    is_known = signature.acknowledged or signature.foresight == "fresh"
    return is_known or decision != "approve"


@pytest.mark.parametrize("decision", ["approve", "return", "reject"])
def test_decision_is_taken_only_when_its_signature_is_whole(decision):
    version = make_document_version()
    make_version_text(version)

    for signature in HANDED_IN:
        said = {"decision": decision, "meaning": "Read.", "signature": signature}
        try:
            with transaction.atomic():
                actions.review_version(version.id, **said, by=REVIEWER, at=T0)
                taken = Review.objects.exists()
                transaction.set_rollback(True)
        except DecisionNotSigned:
            taken = False
        assert taken == is_whole(signature, decision), signature


def test_approval_is_refused_when_there_is_no_text_to_bind_it_to():
    version = make_document_version()
    said = {"decision": "approve", "meaning": "Read.", "signature": SIGNED}

    with pytest.raises(DecisionNotSigned), transaction.atomic():
        actions.review_version(version.id, **said, by=REVIEWER, at=T0)
    make_version_text(version)
    review = actions.review_version(version.id, **said, by=REVIEWER, at=T0)

    assert len(review.text_sha256) == 64


@pytest.mark.parametrize("decision", ["approve", "return", "reject"])
def test_database_keeps_no_decision_whose_signature_is_not_whole(decision):
    version = make_document_version()

    for signature in HANDED_IN:
        fields = {
            "authenticated_by": signature.authenticated_by,
            "foresight": signature.foresight,
            "foresight_sha256": signature.foresight_sha256,
            "acknowledged": signature.acknowledged,
        }
        try:
            with transaction.atomic():
                make_review(version, decision=decision, **fields)
                kept = True
                transaction.set_rollback(True)
        except IntegrityError as error:
            assert "review_is_signed" in str(error)  # noqa: PT017  many at once
            kept = False
        assert kept == is_whole(signature, decision), signature


def test_database_keeps_no_approval_of_no_text():
    version = make_document_version()

    with pytest.raises(IntegrityError, match="review_is_signed"), transaction.atomic():
        make_review(version, text_sha256="")
    make_review(version)


def test_decisions_from_before_signatures_are_left_as_they_are():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT convalidated FROM pg_constraint WHERE conname = 'review_is_signed'"
        )
        assert cursor.fetchall() == [(False,)]


def test_there_is_one_way_to_a_decision():
    calling = {
        str(path.relative_to(ROOT))
        for package in ("audit", "clinrag", "ingestion")
        for path in (ROOT / package).rglob("*.py")
        if "review_version" in called_in(path)
    }
    assert calling == {THE_ONE_WAY}


def called_in(path: Path) -> set[str]:
    calls = (
        node.func
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    )
    return {
        func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        for func in calls
    }
