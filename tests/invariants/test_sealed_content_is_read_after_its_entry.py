"""Promise: whoever sees sealed content has left an entry with a purpose before.

Every address and command that can show sealed content is driven; a new caller of what
opens it fails here until it is driven too.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from audit import purposes, queries, sealing
from audit.actors import Actor, ActorKind
from audit.custody import authorizations, break_glass
from audit.exports import records
from audit.exports.building import build_slice
from audit.sequencing import sequencer
from audit.signing.desk import SigningDesk
from audit.signing.files import SignerFiles
from audit.tasks import workshop
from clinrag.access.actions import create_user
from clinrag.access.roles import Role
from tests.integration.answering.clinic import (
    GOOD_OLD,
    OLD,
    QUESTION,
    Clinic,
    ScriptedAnswerer,
    open_clinic,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

ROOT = Path(__file__).resolve().parents[2]
OPENERS = {"unseal", "reveal", "open_data_keys"}
READERS = {"read_sealed", "reveal_sealed", "read_field"}
SHOWERS = {"sealed_answer", "read_result"}
# Who calls what opens sealed content; each line is driven below or only passes on.
KNOWN = {
    "audit/disclosure.py": OPENERS - {"unseal"} | {"reveal_sealed"},
    "audit/sealing/payloads.py": {"reveal"},
    "audit/exports/packing.py": {"reveal_sealed"},
    "clinrag/answering/foresight/evidence.py": {"read_sealed"},
    "clinrag/answering/queries.py": {"read_sealed"},
    "clinrag/answering/replay/record.py": {"read_sealed"},
    "clinrag/answering/reviews/queries.py": {"read_sealed"},
    "clinrag/answering/management/commands/show_answer.py": {"sealed_answer"},
    "clinrag/api/asking.py": {"sealed_answer", "read_result"},
    "clinrag/api/views/answers.py": {"read_result"},
    "clinrag/api/views/emergencies.py": {"read_result"},
    "clinrag/web/views/answer.py": {"sealed_answer"},
    "clinrag/web/views/emergencies.py": {"read_sealed", "sealed_answer"},
    "clinrag/web/views/reading.py": {"sealed_answer"},
}
ADA = Actor(ActorKind.PERSON, "user:901", "Ada", "session")
BOB = Actor(ActorKind.PERSON, "user:902", "Bob", "session")


def calls(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in OPENERS | READERS | SHOWERS:
                found.add(name)
    return found


def test_only_known_modules_open_or_show_sealed_content():
    found = {
        str(file.relative_to(ROOT)): names
        for package in ("audit", "clinrag", "ingestion")
        for file in sorted((ROOT / package).rglob("*.py"))
        if (names := calls(file))
    }
    assert found == KNOWN


class Watch:
    """Looks, from another session, for the entry whenever something is opened."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, str]] = []

    def check(self, bound_to: bytes) -> None:
        entry_id = json.loads(bound_to)["id"]
        committed = self._committed(entry_id)
        assert committed, "opened without a committed entry"
        last = committed[-1]
        assert last["purpose"] in purposes.PURPOSES
        assert last["surface"]
        self.opened.append((last["purpose"], last["surface"]))

    def _committed(self, entry_id: str) -> list[dict[str, Any]]:
        given = connections["default"].get_connection_params()
        names = ("host", "port", "user", "password", "dbname")
        wanted = {name: given[name] for name in names if given.get(name)}
        with psycopg.connect(**wanted) as session:
            rows = session.execute(
                """
                SELECT told -> 'fields' FROM (
                    SELECT convert_from(body, 'UTF8')::jsonb AS told
                    FROM audit_inboxentry
                    UNION ALL SELECT convert_from(body, 'UTF8')::jsonb FROM audit_entry
                ) AS every
                WHERE told ->> 'type' = 'content.disclosed'
                  AND told -> 'fields' -> 'entry_ids' ? %s
                ORDER BY told ->> 'id'
                """,
                [entry_id],
            ).fetchall()
        return [row[0] for row in rows]


@pytest.fixture
def watch(monkeypatch) -> Watch:
    """Everything that is opened passes here; the real thing does the opening."""
    watch, real = Watch(), sealing.reveal

    def watched(ciphertext: bytes, **options: Any) -> Any:
        watch.check(options["bound_to"])
        return real(ciphertext, **options)

    monkeypatch.setattr(sealing, "reveal", watched)
    return watch


@pytest.fixture
def clinic(transactional_db, settings, tmp_path) -> Clinic:
    clinic = open_clinic(settings, tmp_path)
    settings.CLINRAG_SIGNER_DIR = tmp_path / "signer"
    settings.CLINRAG_EXPORT_DIR = tmp_path / "exports"
    settings.ALLOWED_HOSTS = ["*"]
    SignerFiles(tmp_path / "signer").create_key("clinrag.test/ledger")
    clinic.put_in_force(OLD, "2016")
    clinic.serve(ScriptedAnswerer(GOOD_OLD))
    return clinic


@pytest.fixture
def answer_id(clinic) -> UUID:
    return clinic.ask().id


def signed_in(name: str, *roles: Role) -> Client:
    user = create_user(
        name, password="correct horse battery", roles=roles, by=ADA, at=timezone.now()
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(clinic) -> Client:
    """A person who may do all that any role may."""
    return signed_in("everything", *Role)


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, prefix + str(one.pattern))
        elif isinstance(one, URLPattern):
            yield prefix + str(one.pattern), one


def addresses(answer_id: UUID) -> list[str]:
    """Every address that needs nothing but an answer, or nothing at all."""
    found = []
    for route, _ in patterns(get_resolver()):
        path = route.replace("<uuid:answer_id>", str(answer_id))
        path = path.replace("(?P<form>csv|jsonl)", "csv").replace("\\.", ".")
        path = path.replace("^", "").replace("$", "")
        if not any(letter in path for letter in "<(?*"):
            found.append("/" + path)
    return sorted(set(found))


def text_of(response: Any) -> str:
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode("utf-8", "replace")


def disclosed() -> int:
    sequencer.drain(at=timezone.now())
    return len(queries.entries(limit=500, types=["content.disclosed"]))


def test_every_address_that_shows_the_question_left_an_entry_before(
    clinic, client, answer_id, watch
):
    showed = set()
    for path in addresses(answer_id):
        before = disclosed()
        response = client.get(path)
        if QUESTION in text_of(response):
            assert disclosed() > before, path
            showed.add(path)
    assert showed == {
        f"/answers/{answer_id}",
        f"/answers/{answer_id}/raw",
        f"/reviews/{answer_id}",
    }
    read = client.get(f"/api/v1/answers/{answer_id}")
    assert read.status_code == 200
    surfaces = {surface for _, surface in watch.opened}
    assert surfaces == {"web.evidence", "web.reviewing", "api"}


def test_emergency_access_leaves_its_entries_before(clinic, client, answer_id, watch):
    opened = client.post(
        f"/api/v1/answers/{answer_id}/emergency",
        {"reason": "Arrest in room 4"},
        content_type="application/json",
    )
    assert opened.status_code == 201
    assert set(watch.opened) == {("break_glass", "api")}
    sequencer.drain(at=timezone.now())
    assert queries.entries(limit=9, types=["content.break_glass"])


def test_emergency_pages_leave_their_entries_before(clinic, answer_id, watch):
    clinician, page = signed_in("cyd", Role.CLINICIAN), f"/answers/{answer_id}"
    assert QUESTION not in text_of(clinician.get(page))
    assert watch.opened == []
    clinician.post(f"{page}/emergency", {"reason": "Arrest in room 4"})
    assert QUESTION in text_of(clinician.get(page))
    assert set(watch.opened) == {("break_glass", "web.emergency")}
    (waiting,) = break_glass.unreviewed()
    reviewer = signed_in("rita", Role.COMPLIANCE_OFFICER)
    shown = text_of(reviewer.get(f"/custody/emergencies/{waiting.id}"))
    assert "Arrest in room 4" in shown
    assert watch.opened[-1] == ("break_glass_review", "web.review")


def test_shell_shows_an_answer_only_for_a_purpose(clinic, answer_id, watch, capsys):
    with pytest.raises(CommandError, match="--purpose"):
        call_command("show_answer", str(answer_id))
    with pytest.raises(CommandError, match="purpose"):
        call_command("show_answer", str(answer_id), "--purpose", "fun")
    assert (watch.opened, disclosed()) == ([], 0)
    call_command("show_answer", str(answer_id), "--purpose", "audit_review")
    assert QUESTION in capsys.readouterr().out
    assert set(watch.opened) == {("audit_review", "shell")}


def test_lists_on_the_shell_open_nothing(clinic, answer_id, watch, capsys):
    disclosed()
    for command in ("list_answers", "list_entries"):
        for form in ("csv", "jsonl"):
            call_command(command, "--form", form)
    out = capsys.readouterr().out
    assert str(answer_id) in out
    assert QUESTION not in out
    assert watch.opened == []


def test_package_leaves_its_entries_before(clinic, answer_id, watch):
    at = timezone.now()
    sequencer.drain(at=at)
    SigningDesk(SignerFiles(workshop().folder.parent / "signer")).sign_new(at=at)
    asked = records.request(
        "answer",
        scope={"answer_id": str(answer_id)},
        content="disclosed",
        reason="x",
        by=ADA,
        at=at,
    )
    authorizations.approve(asked.authorization.id, by=BOB, at=at)
    records.start(asked.id, by=ADA, at=at)
    build_slice(asked.id, workshop(), at=at, at_most=100)
    assert set(watch.opened) == {("evidence_package", f"export:{asked.id}")}
