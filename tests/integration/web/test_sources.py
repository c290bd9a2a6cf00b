"""A file is handed out so that nothing in it acts here."""

import hashlib

import pytest
from django.conf import settings

from ingestion.storage import ContentStore
from tests.factories.access import make_user
from tests.factories.ingestion import make_document_version

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture(autouse=True)
def _storage(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "CLINRAG_STORAGE_DIR", tmp_path)


@pytest.fixture
def manager(client):
    client.force_login(make_user(roles=("knowledge_manager",)))
    return client


def source(data: bytes, **fields):
    ContentStore(settings.CLINRAG_STORAGE_DIR).put(data)
    sha256 = hashlib.sha256(data).hexdigest()
    return make_document_version(content_sha256=sha256, **fields)


def test_file_is_a_download_in_a_sandbox_whatever_its_type(manager):
    page = b"<script>alert(1)</script>"
    version = source(page, media_type="text/html", filename='evil".html')
    response = manager.get(f"/versions/{version.id}/source")
    assert response.content == page
    assert (
        response.headers["Content-Disposition"] == 'attachment; filename="evil_.html"'
    )
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response.headers["Cache-Control"]


def test_type_that_is_not_known_is_told_as_bytes(manager):
    version = source(b"x", media_type="image/svg+xml", filename="x.svg")
    response = manager.get(f"/versions/{version.id}/source")
    assert response.headers["Content-Type"] == "application/octet-stream"


def test_file_that_was_not_kept_is_not_there(manager):
    version = make_document_version()
    assert manager.get(f"/versions/{version.id}/source").status_code == 404


def test_damaged_file_is_not_handed_out(manager):
    version = source(b"as it came in")
    (file,) = [one for one in settings.CLINRAG_STORAGE_DIR.rglob("*") if one.is_file()]
    file.write_bytes(b"as it was altered")
    response = manager.get(f"/versions/{version.id}/source")
    assert response.status_code == 503
    assert b"altered" not in response.content


def test_passages_of_a_page_have_no_boxes_when_none_were_measured(manager):
    version = source(b"x")
    response = manager.get(f"/versions/{version.id}/places/1")
    assert response.json() == {"page": 1, "passages": []}
