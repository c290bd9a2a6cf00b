"""How far an edition is, while its scanned pages are read and after."""

import pytest

from ingestion.lifecycle import Status
from ingestion.models import Stage
from tests.factories.access import make_user
from tests.factories.ingestion import make_document_version, make_work_part

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
BAR = '<progress max="10" value="4" aria-label="Scanned pages read">'


@pytest.fixture
def page(client):
    client.force_login(make_user(roles=("knowledge_manager",)))
    return lambda address: client.get(address).content.decode()


@pytest.fixture
def version():
    """Read, but for pages that are pictures: four of ten are done."""
    version = make_document_version(status=Status.PARSED, progress={"parse": [1, 1]})
    make_work_part(version, stage=Stage.OCR, state="done", done=4, total=4)
    return version


@pytest.mark.parametrize("address", ["/upload/queue", "/versions/{0.id}/progress"])
def test_scanned_pages_are_counted_while_they_are_read(page, version, address):
    part = make_work_part(version, stage=Stage.OCR, state="waiting", total=6)

    reading = page(address.format(version))
    type(part).objects.filter(pk=part.pk).update(state="done", done=6)
    cutting = page(address.format(version))

    assert "Reading scanned pages…" in reading
    assert '<li class="now"><b>Read</b><span>4 of 10</span>' in reading
    assert BAR in reading
    assert "Cutting the text into passages…" in cutting
    assert '<li class="now"><b>Passages</b>' in cutting
    assert "<progress" not in cutting


def test_passages_are_counted_once_they_are_embedded(page):
    version = make_document_version(
        status=Status.CHUNKED, progress={"chunk": [9, 9], "embed": [2, 9]}
    )
    make_work_part(version, total=9, done=2)

    found = page(f"/versions/{version.id}/progress")

    assert 'value="2" aria-label="Passages embedded"' in found
