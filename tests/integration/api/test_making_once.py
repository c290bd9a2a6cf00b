"""One effect per Idempotency-Key for whatever an edition's people make."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from clinrag.access.idempotency import STALE_AFTER, Claim, bind
from clinrag.access.models import IdempotencyRecord
from clinrag.answering.models import ForesightReport, GoldenQuestion, Recall
from ingestion import queries
from ingestion.models import Collection, ComparisonComment, Document, DocumentVersion
from tests.integration.answering.clinic import NEW, OLD, QUESTION, Clinic
from tests.integration.api.conftest import App, check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
HEADER = "Idempotency-Replayed"
MADE = {200, 201, 202}
REASON = "A dose is wrong."


@dataclass(frozen=True)
class Making:
    """Something to make: by whom, where, with which body, and how many there are."""

    by: App
    path: str
    body: dict[str, Any]
    other: dict[str, Any]
    count: Callable[[], int]

    def ask(self, key: str = "k", **changed: Any) -> Any:
        body = self.body | changed
        if "file" in body:  # sent anew, as a client does
            body["file"] = SimpleUploadedFile("pain.md", body["file"])
            return self.by.upload(self.path, body, Idempotency_Key=key)
        return self.by.post(self.path, body, Idempotency_Key=key)


def recall(clinic: Clinic, make_person: Any) -> Making:
    version = clinic.receive(NEW, "2022")
    clinic.ask(QUESTION)
    officer = make_person("ada", "compliance_officer")
    body = {"version_id": str(version.id), "reason": REASON, "severity": "major"}
    return Making(officer, "recalls", body, {"severity": "minor"}, Recall.objects.count)


def foresight(clinic: Clinic, make_person: Any) -> Making:
    version = clinic.take_in(NEW, "2022")
    return Making(
        make_person("rita", "reviewer"),
        f"versions/{version.id}/foresight",
        {},
        {"supposed_at": "2040-01-01T00:00:00Z"},
        ForesightReport.objects.count,
    )


def golden(_clinic: Clinic, make_person: Any) -> Making:
    return Making(
        make_person("rita", "reviewer"),
        "collections/pain/golden-questions",
        {"question": QUESTION, "expects": "refusal"},
        {"question": "Another?"},
        GoldenQuestion.objects.count,
    )


def imported(_clinic: Clinic, make_person: Any) -> Making:
    csv = "question,expects,quotation\nA poem?,refusal,\nA song?,refusal,\n"
    return Making(
        make_person("rita", "reviewer"),
        "collections/pain/golden-questions/import",
        {"csv": csv},
        {"csv": csv + "A play?,refusal,\n"},
        GoldenQuestion.objects.filter(text="A poem?").count,
    )


def uploaded(clinic: Clinic, make_person: Any) -> Making:
    file = OLD.replace("Three days", "Nine days").encode()
    return Making(
        make_person("mona", "knowledge_manager"),
        f"documents/{clinic.document.id}/versions",
        {"file": file, "label": "2019"},
        {"file": file + b" Once more."},
        DocumentVersion.objects.filter(label="2019").count,
    )


def unreadable(clinic: Clinic, make_person: Any) -> Making:
    """What failed is received again when it is sent anew: no twin stands in the way."""
    sent = uploaded(clinic, make_person)
    return replace(sent, body=sent.body | {"file": b""}, other={"label": "2020"})


def opened(_clinic: Clinic, make_person: Any) -> Making:
    body = {
        "slug": "heart",
        "name": "Heart",
        "specialty": "cardiology",
        "language": "en",
        "audience": "everyone",
    }
    return Making(
        make_person("mona", "knowledge_manager"),
        "collections",
        body,
        {"name": "Hearts"},
        Collection.objects.filter(slug="heart").count,
    )


def registered(_clinic: Clinic, make_person: Any) -> Making:
    return Making(
        make_person("mona", "knowledge_manager"),
        "documents",
        {"collection": "pain", "title": "Migraine"},
        {"title": "Headache"},
        Document.objects.filter(title="Migraine").count,
    )


def comment(clinic: Clinic, make_person: Any) -> Making:
    old = clinic.put_in_force(OLD.replace("Three days", "Ten days"), "2015")
    version = clinic.put_in_force(OLD.replace("Three days", "Five days"), "2017")
    changed = next(
        one
        for one in queries.comparison(old.id, version.id).changes
        if "Five days" in one.new_text
    )
    start = changed.new_text.index("Five days")
    body = {
        "section": changed.anchor,
        "side": "new",
        "char_start": start,
        "char_end": start + len("Five days"),
        "quote": "Five days",
        "text": "Is this enough?",
    }
    return Making(
        make_person("rita", "reviewer"),
        f"versions/{version.id}/diff/comments?against={old.id}",
        body,
        {"text": "Other words."},
        ComparisonComment.objects.count,
    )


def reply(clinic: Clinic, make_person: Any) -> Making:
    said = comment(clinic, make_person)
    thread_id = said.ask("first").json()["id"]
    IdempotencyRecord.objects.all().delete()
    return Making(
        said.by,
        f"comments/{thread_id}/replies",
        {"text": "It is."},
        {"text": "It is not."},
        ComparisonComment.objects.exclude(thread=None).count,
    )


MAKINGS = [
    recall, foresight, golden, imported, uploaded, unreadable, opened, registered,
    comment, reply,
]  # fmt: skip


@pytest.fixture(params=MAKINGS)
def making(request: Any, clinic: Clinic, make_person: Any) -> Making:
    make_person("first")  # so that no account has the number of the author
    made: Making = request.param(clinic, make_person)
    return made


def test_it_is_made_once_when_the_request_is_repeated(making: Making) -> None:
    first, again = making.ask(), making.ask()

    assert first.status_code in MADE
    assert HEADER not in first
    assert (again.status_code, again[HEADER]) == (first.status_code, "true")
    assert again.json() == first.json()
    assert again.get("Location") == first.get("Location")
    assert making.count() == 1


def test_it_is_refused_when_the_key_comes_with_another_body(making: Making) -> None:
    making.ask()

    check_problem(making.ask(**making.other), 422, "idempotency_key_reused")

    assert making.count() == 1


def test_it_is_made_by_one_of_two_at_once_and_after_a_crash(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has made it, and dies, or is slow, before its transaction commits."""
    with monkeypatch.context() as patch:
        patch.setattr("clinrag.api.once.bind", die)
        with pytest.raises(SystemExit):
            making.ask()
    assert making.count() == 0

    check_problem(making.ask(), 409, "idempotency_twin_running")
    assert making.count() == 0

    record = IdempotencyRecord.objects.get()
    record.claimed_at -= STALE_AFTER + timedelta(seconds=1)
    record.save()
    assert making.ask().status_code in MADE
    assert HEADER in making.ask()
    assert making.count() == 1


def test_the_key_may_be_used_again_when_the_request_was_refused(
    making: Making,
) -> None:
    wrong = {
        name: ""
        for name in ("reason", "question", "title", "text", "csv", "slug")
        if name in making.body
    }
    if wrong:
        assert making.ask(**wrong).status_code == 422

    assert making.ask().status_code in MADE


@pytest.mark.parametrize("making", [recall, imported, uploaded], indirect=True)
@pytest.mark.django_db(transaction=True, databases=["default", "keys"])
def test_it_is_refused_to_a_twin_while_the_first_is_at_it(
    making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = Event(), Event()

    def slowly(claimed: Claim, made_id: UUID) -> None:
        begun.set()
        assert go_on.wait(60)
        bind(claimed, made_id)

    def ask() -> Any:
        try:
            return making.ask()
        finally:
            connections.close_all()

    monkeypatch.setattr("clinrag.api.once.bind", slowly)
    with ThreadPoolExecutor(1) as other:
        first = other.submit(ask)
        assert begun.wait(60)
        check_problem(making.ask(), 409, "idempotency_twin_running")
        go_on.set()
        made = first.result(60)

    assert made.status_code in MADE
    assert making.ask().json() == made.json()
    assert making.count() == 1


def die(*_arguments: object, **_options: object) -> None:
    raise SystemExit(9)
