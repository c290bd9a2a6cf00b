"""PROV-JSON holds before an implementation that is not ours."""

import json

import pytest
from prov.model import (
    ProvAssociation,
    ProvDerivation,
    ProvDocument,
    ProvEntity,
    ProvGeneration,
    ProvUsage,
)

from audit.exports import prov
from tests.unit.audit.exports.records import LOST, REFUSED, RELEASED

ORIGIN = "clinrag.test/ledger"


def read(answer):
    made = json.dumps(prov.document(answer, origin=ORIGIN))
    return ProvDocument.deserialize(content=made, format="json")


@pytest.mark.parametrize("answer", [RELEASED, REFUSED, LOST])
def test_document_is_read_by_prov_and_written_back_the_same(answer):
    found = read(answer)
    again = ProvDocument.deserialize(content=found.serialize(), format="json")
    assert found == again
    assert "urn:clinrag:" in found.get_provn()


def test_released_answer_was_generated_from_question_and_cited_passages():
    found = read(RELEASED)
    assert len(list(found.get_records(ProvEntity))) == 5
    assert len(list(found.get_records(ProvUsage))) == 4
    assert len(list(found.get_records(ProvDerivation))) == 1
    (generation,) = found.get_records(ProvGeneration)
    assert RELEASED.answer_id in str(generation.args[0].uri)
    assert len(list(found.get_records(ProvAssociation))) == 3


def test_lost_answer_generated_nothing():
    found = read(LOST)
    assert list(found.get_records(ProvGeneration)) == []
    assert len(list(found.get_records(ProvUsage))) == 1
