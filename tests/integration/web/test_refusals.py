"""Whatever a browser is refused, it shows a page with words and a way on."""

import pytest
from django.db import OperationalError
from django.test import Client

from clinrag.web.refusals import RefusalPagesMiddleware
from clinrag.withheld import WITHHELD_BODY
from tests.factories.access import make_user
from tests.factories.ingestion import make_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(client):
    client.force_login(make_user(roles=("knowledge_manager",)))
    client.raise_request_exception = False
    return client


def check_page(response, status: int, words: str) -> str:
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/html")
    text = response.content.decode()
    assert words in text
    assert "To the overview" in text
    return text


def test_page_tells_of_a_form_that_is_damaged(visitor):
    response = visitor.post("/upload", b"x", content_type="multipart/form-data")
    check_page(response, 400, "cannot be understood")


def test_page_tells_of_a_host_that_is_not_ours(visitor):
    check_page(visitor.get("/", headers={"host": "evil.example"}), 400, "understood")


def test_page_tells_of_a_field_that_is_too_long(visitor):
    response = visitor.post("/upload", {"label": "x" * 2_000_000})
    check_page(response, 413, "too large to be received")


def test_page_tells_of_a_form_that_has_expired():
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user(roles=("knowledge_manager",)))
    check_page(strict.post("/upload", {"label": "x"}), 403, "has expired")


def test_page_tells_of_a_role_that_is_missing(client):
    client.force_login(make_user(roles=("reviewer",)))
    check_page(client.get("/upload"), 403, "may not open this")


def test_page_tells_of_an_address_that_leads_nowhere(visitor):
    check_page(visitor.get("/no/such/page"), 404, "nothing here")


def test_page_tells_of_a_method_that_is_not_allowed(visitor):
    response = visitor.delete("/upload")
    check_page(response, 405, "cannot be opened like that")
    assert "GET" in response.headers["Allow"]


def test_page_tells_of_a_fault(visitor, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("clinrag.web.views.uploads.visible_collections", broken)
    check_page(visitor.get("/upload"), 500, "wrong on our side")


def test_page_tells_of_a_fault_when_the_database_is_away(visitor, monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr("django.contrib.auth.middleware.get_user", away)
    check_page(visitor.get("/upload"), 500, "wrong on our side")


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("body_too_large", 413, "2.0"),
        ("body_too_slow", 408, "took too long to arrive"),
        ("length_required", 400, "cannot be understood"),
    ],
)
def test_page_tells_of_a_body_that_was_withheld(rf, code, status, words):
    def reached(request: object) -> None:
        raise AssertionError("a view was asked")

    request = rf.post("/upload")
    request.scope = {WITHHELD_BODY: code}
    response = RefusalPagesMiddleware(reached)(request)
    assert "Back to the form" in check_page(response, status, words)


def test_page_of_a_failed_version_follows_when_the_file_is_too_large(
    visitor, settings, tmp_path
):
    settings.CLINRAG_STORAGE_DIR = tmp_path
    settings.MAX_UPLOAD_BYTES = 1000
    file = tmp_path / "long.md"
    file.write_bytes(b"long " * 300)
    with file.open("rb") as opened:
        response = visitor.post(
            "/upload",
            {"label": "2030", "document": make_document().id, "file": opened},
            follow=True,
        )
    text = response.content.decode()
    assert response.redirect_chain
    assert "file_too_large" in text
    assert "larger than this installation accepts" in text
