"""A file beyond the limit through a real server: on record, and never in memory."""

import hashlib
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
from django.db import connections
from django.test import Client

from clinrag.local.valkey import free_port
from ingestion import queries
from tests.conftest import REPOSITORY, ROLE_PASSWORD
from tests.factories.access import make_user
from tests.factories.ingestion import make_document
from tests.integration.api.conftest import App

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

MEBIBYTE = 1024 * 1024
LIMIT = 50 * MEBIBYTE
SIZE = 120 * MEBIBYTE


@pytest.fixture
def enormous(tmp_path: Path) -> Path:
    file = tmp_path / "enormous.pdf"
    with file.open("wb") as opened:
        opened.write(b"%PDF-1.7\n")
        for _ in range(SIZE // MEBIBYTE):
            opened.write(os.urandom(MEBIBYTE))
    return file


class Server:
    """uvicorn with the application's own rights; its storage is `documents`."""

    def __init__(self, process: subprocess.Popen, port: int, documents: Path) -> None:
        self.process = process
        self.address = f"http://127.0.0.1:{port}"
        self.documents = documents

    def peak_memory(self) -> int:
        """The most that was ever resident since the peak was forgotten, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # proc(5)


@pytest.fixture
def server(postgres, valkey, settings, tmp_path):
    names = [connections[alias].settings_dict["NAME"] for alias in ("default", "keys")]
    addresses = [
        f"postgresql://clinrag_app:{ROLE_PASSWORD}@/{name}"
        f"?host={quote(str(postgres.sockets))}"
        for name in names
    ]
    port, documents = free_port(), tmp_path / "documents"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "clinrag.settings",
        "DATABASE_URL": addresses[0],
        "CLINRAG_KEYS_DATABASE_URL": addresses[1],
        "CLINRAG_STORAGE_DIR": str(documents),
        "CLINRAG_MAX_UPLOAD_BYTES": str(LIMIT),
        "CLINRAG_MAX_BODY_BYTES": str(150 * MEBIBYTE),
        "CLINRAG_SIGNER_DIR": str(settings.CLINRAG_SIGNER_DIR),
        "REDIS_URL": valkey.url,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "clinrag.asgi:application",
         "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"],
        cwd=REPOSITORY, env=environment,
    )  # fmt: skip
    _wait_for(port)
    yield Server(process, port, documents)
    process.kill()
    process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server did not start")


def authorization(app: App) -> dict[str, str]:
    return {"Authorization": app.client.defaults["HTTP_AUTHORIZATION"]}


def sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@pytest.fixture
def browser(server):
    """Somebody's session, as a browser holds it."""
    client = Client()
    client.force_login(make_user(roles=("knowledge_manager",)))
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with httpx.Client(base_url=server.address, cookies=cookies, timeout=120) as session:
        session.get("/upload").raise_for_status()
        yield session


def token(session: httpx.Client) -> dict[str, str]:
    return {"csrfmiddlewaretoken": session.cookies["csrftoken"]}


def check_on_record(server: Server, version_id: str, *, file: Path) -> None:
    version = queries.version(UUID(version_id))
    assert (version.status, version.failure_code) == ("failed", "file_too_large")
    assert version.failure_message
    assert version.byte_size == file.stat().st_size
    assert version.content_sha256 == sha256_of(file)
    assert not list(server.documents.rglob(version.content_sha256))


def test_enormous_file_is_on_record_when_a_program_sends_it(server, enormous, make_app):
    headers = authorization(make_app("ingest"))
    path = f"{server.address}/api/v1/documents/{make_document().id}/versions"

    def send() -> httpx.Response:
        with enormous.open("rb") as opened:
            files = {"file": ("enormous.pdf", opened)}
            return httpx.post(path, files=files, headers=headers, timeout=120)

    httpx.get(server.address + "/livez")
    server.forget_peak()
    before = server.peak_memory()
    first, second = send(), send()
    grown = server.peak_memory() - before

    print(f"peak memory before {before}, grown by {grown} for {SIZE} bytes")
    assert first.status_code == 202
    assert grown < 24 * MEBIBYTE
    check_on_record(server, first.json()["id"], file=enormous)
    assert second.status_code == 409
    assert second.json()["twin_version_id"] == first.json()["id"]


def test_enormous_file_is_on_record_when_a_person_sends_it(server, browser, enormous):
    fields = {"label": "2030", "document": str(make_document().id)}
    server.forget_peak()
    before = server.peak_memory()
    with enormous.open("rb") as opened:
        response = browser.post(
            "/upload",
            data=fields | token(browser),
            files={"file": ("enormous.pdf", opened)},
        )
    grown = server.peak_memory() - before
    print(f"peak memory before {before}, grown by {grown} for {SIZE} bytes")
    assert response.status_code == 302, response.text
    assert grown < 24 * MEBIBYTE
    version_id = response.headers["location"].rpartition("/")[2]
    check_on_record(server, version_id, file=enormous)
    page = browser.get(response.headers["location"]).text
    assert "file_too_large" in page
    assert "enormous.pdf" in page


def test_page_is_shown_when_a_file_is_beyond_the_ceiling(server, browser, enormous):
    with enormous.open("ab") as opened:
        opened.truncate(200 * MEBIBYTE)
    with enormous.open("rb") as opened:
        response = browser.post(
            "/upload",
            data={"label": "x"} | token(browser),
            files={"file": ("enormous.pdf", opened)},
        )
    assert response.status_code == 413
    assert response.headers["content-type"].startswith("text/html")
    assert "Back to the form" in response.text


def test_file_is_refused_unread_when_its_sender_may_not_upload(
    server, enormous, make_app
):
    path = f"{server.address}/api/v1/documents/{make_document().id}/versions"
    for headers in ({}, authorization(make_app("ask"))):
        with enormous.open("rb") as opened:
            files = {"file": ("enormous.pdf", opened)}
            response = httpx.post(path, files=files, headers=headers, timeout=120)
        assert response.status_code == 413
        assert response.json()["code"] == "body_too_large"
