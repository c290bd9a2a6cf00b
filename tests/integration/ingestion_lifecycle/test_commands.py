"""The shell: import, approve, activate."""

import hashlib
import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from ingestion import queries, tasks
from tests.integration.ingestion_lifecycle.conftest import GUIDELINE

pytestmark = pytest.mark.django_db
PASSWORD = "x" * 20
SIGNED = ("--acknowledge", "--password-stdin")


@pytest.fixture(autouse=True)
def _people(db, embedder, monkeypatch):
    users = get_user_model().objects
    for name, role in (
        ("alma", "knowledge_manager"),
        ("rita", "reviewer"),
        ("carl", "clinician"),
    ):
        users.create_user(name, password=PASSWORD, roles=[role])
    type_password(monkeypatch, PASSWORD)
    monkeypatch.setattr("ingestion.actions.stages.get_embedder", lambda: embedder)


def type_password(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{password}\n"))


def run(command: str, *arguments: object) -> dict:
    out = StringIO()
    try:
        call_command(command, *map(str, arguments), "--json", stdout=out)
    finally:
        run.printed = out.getvalue()
    return json.loads(run.printed)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "in"
    (home / "deep").mkdir(parents=True)
    (home / "a.md").write_text(GUIDELINE)
    (home / "deep" / "b.md").write_text(GUIDELINE.replace("four", "six"))
    (home / "deep" / "b.md.json").write_text(
        json.dumps({"label": "2026", "publisher": "NICE", "licence": "OGL-3.0"})
    )
    (home / "deep" / "document.json").write_text(json.dumps({"title": "Hypertension"}))
    (home / "deep" / "picture.png").write_bytes(b"\x89PNG")
    return home


def test_folder_is_imported_with_what_is_known_about_its_files(collection, folder):
    result = run(
        "import_documents", folder, "--collection", "cardiology", "--by", "alma"
    )

    outcomes = {Path(one["path"]).name: one for one in result["files"]}
    assert {name: one["outcome"] for name, one in outcomes.items()} == {
        "a.md": "in_review",
        "b.md": "in_review",
        "picture.png": "skipped",
    }
    version = queries.version(outcomes["b.md"]["version_id"])
    assert (version.label, version.document_title) == ("2026", "Hypertension")
    assert queries.document(version.document_id).publisher == "NICE"
    assert queries.version(outcomes["a.md"]["version_id"]).document_title == "a"
    assert version.author_name == "alma"


def test_import_repeats_nothing_when_run_again(collection, folder, embedder):
    arguments = (
        "import_documents",
        folder,
        "--collection",
        "cardiology",
        "--by",
        "alma",
    )
    first = run(*arguments)
    embedded = len(embedder.embedded)

    second = run(*arguments)

    assert [one["outcome"] for one in second["files"]] == [
        "duplicate",
        "duplicate",
        "skipped",
    ]
    assert [one["version_id"] for one in second["files"]] == [
        one["version_id"] for one in first["files"]
    ]
    assert len(embedder.embedded) == embedded


def test_import_leaves_no_document_behind_when_the_file_has_a_twin(collection, folder):
    where = ("--collection", "cardiology", "--by", "alma")
    run("import_documents", folder / "a.md", *where)

    result = run("import_documents", folder / "a.md", *where, "--title", "Another")

    assert result["files"][0]["outcome"] == "duplicate"
    assert queries.document_by_title(collection.id, title="Another") is None


def test_import_keeps_a_failed_version_when_the_file_is_too_large(
    collection, folder, settings
):
    settings.MAX_UPLOAD_BYTES = (folder / "a.md").stat().st_size - 1

    with pytest.raises(CommandError, match="1 of 1 files failed"):
        run(
            "import_documents",
            folder / "a.md",
            *("--collection", "cardiology", "--by", "alma"),
        )

    [failed] = json.loads(run.printed)["files"]
    assert (failed["outcome"], failed["code"]) == ("failed", "file_too_large")
    data = (folder / "a.md").read_bytes()
    version = queries.version(UUID(failed["version_id"]))
    assert version.content_sha256 == hashlib.sha256(data).hexdigest()
    assert (version.byte_size, version.filename) == (len(data), "a.md")
    assert not list(settings.CLINRAG_STORAGE_DIR.rglob(version.content_sha256))


def test_import_finishes_what_a_killed_one_left_half_way(collection, folder, receive):
    half_way = receive()

    result = run(
        "import_documents",
        folder / "a.md",
        "--collection",
        "cardiology",
        "--by",
        "alma",
    )

    assert result["files"][0]["version_id"] == str(half_way.id)
    assert result["files"][0]["outcome"] == "in_review"


def test_import_says_which_file_failed_and_why(collection, folder):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nbroken")

    with pytest.raises(CommandError, match="1 of 4 files failed"):
        run("import_documents", folder, "--collection", "cardiology", "--by", "alma")

    files = json.loads(run.printed)["files"]
    failed = next(one for one in files if one["outcome"] == "failed")
    assert failed["code"] == "file_corrupt"
    assert failed["message"].endswith(".")


def test_import_leaves_the_stages_to_workers_when_queued(
    collection, folder, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(tasks, "_send", lambda *message: sent.append(message))

    with django_capture_on_commit_callbacks(execute=True):
        result = run(
            "import_documents",
            folder / "a.md",
            "--collection",
            "cardiology",
            "--by",
            "alma",
            "--queue",
        )

    version_id = result["files"][0]["version_id"]
    assert result["files"][0]["outcome"] == "queued"
    assert sent == [(tasks.PROCESS, UUID(version_id), tasks.PARSE_QUEUE)]


def test_import_opens_a_missing_collection_only_when_told(db, folder):
    arguments = (
        "import_documents",
        folder / "a.md",
        "--collection",
        "new",
        "--by",
        "alma",
    )
    with pytest.raises(CommandError, match="no such collection"):
        run(*arguments)

    run(*arguments, "--create-collection")

    assert queries.collection_by_slug("new").language == "en"


def test_version_is_approved_and_activated_from_the_shell(collection, folder):
    imported = run(
        "import_documents",
        folder / "a.md",
        "--collection",
        "cardiology",
        "--by",
        "alma",
    )
    version_id = imported["files"][0]["version_id"]

    approved = run("approve_version", version_id, "--by", "rita", *SIGNED)
    activated = run(
        "activate_version", version_id, "--by", "alma", "--from", "2026-01-02"
    )

    assert approved["status"] == "approved"
    assert (approved["authenticated_by"], approved["foresight"]) == (
        "password",
        "missing",
    )
    assert len(approved["text_sha256"]) == 64
    assert activated["in_force_from"] == "2026-01-02T00:00:00+00:00"
    noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert queries.standing(queries.version(version_id).id, noon) == "in_force"


def test_approval_from_the_shell_is_refused_when_the_author_asks(collection, folder):
    imported = run(
        "import_documents",
        folder / "a.md",
        "--collection",
        "cardiology",
        "--by",
        "alma",
    )

    with pytest.raises(CommandError, match="two people"):
        run(
            "approve_version",
            imported["files"][0]["version_id"],
            *("--by", "alma", *SIGNED),
        )


def test_approval_from_the_shell_is_refused_without_password_or_acknowledgement(
    collection, folder, monkeypatch
):
    imported = run(
        "import_documents",
        folder / "a.md",
        *("--collection", "cardiology", "--by", "alma"),
    )
    version_id = imported["files"][0]["version_id"]

    type_password(monkeypatch, "guessed")
    with pytest.raises(CommandError, match="sign_in_failed"):
        run("approve_version", version_id, "--by", "rita", *SIGNED)
    type_password(monkeypatch, PASSWORD)
    with pytest.raises(CommandError, match="foresight_not_acknowledged"):
        run("approve_version", version_id, "--by", "rita", "--password-stdin")
    type_password(monkeypatch, PASSWORD)
    approved = run("approve_version", version_id, "--by", "rita", *SIGNED)

    assert approved["acknowledged"] is True
    assert [one.decision for one in queries.reviews_of(UUID(version_id))] == ["approve"]


@pytest.mark.parametrize(
    ("by", "says"), [("nobody", "no active account"), ("carl", "do not allow: review")]
)
def test_approval_from_the_shell_is_refused_when_the_account_may_not(by, says):
    with pytest.raises(CommandError, match=says):
        run("approve_version", uuid4(), "--by", by)


def test_activation_from_the_shell_says_when_there_is_no_such_version():
    with pytest.raises(CommandError, match="version_not_found"):
        run("activate_version", uuid4(), "--by", "alma")
