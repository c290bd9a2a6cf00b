"""A form that is sent twice makes one thing; opened anew, it makes another."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clinrag.answering.models import Recall
from ingestion import queries, tasks
from ingestion.models import ComparisonComment, Document, DocumentVersion
from tests.factories.access import make_user
from tests.integration.answering.clinic import NEW, OLD, Clinic, open_clinic

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
Made = tuple[str, str, dict[str, Any], Callable[[], int]]
ONCE = re.compile(r'name="once" value="([^"]+)"')


@pytest.fixture
def clinic(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    monkeypatch.setattr(tasks, "_send", lambda *message: None)
    return open_clinic(settings, tmp_path)


@pytest.fixture
def person(clinic: Clinic, client: Client) -> Client:
    make_user()  # so that no account has the number of the author
    client.force_login(make_user(roles=("knowledge_manager",)))
    return client


def comment(clinic: Clinic) -> Made:
    pair = [clinic.put_in_force(OLD, "2016").id, clinic.take_in(NEW, "2022").id]
    changes = queries.comparison(*pair).changes
    section = next(one.anchor for one in changes if "yield" in one.new_text)
    said = {"section": section, "quote": "yield diminishing", "text": "Why?"}
    form, where = reverse("web:compare", args=pair), reverse("web:comment", args=pair)
    return form, where, said, ComparisonComment.objects.count


def recall(clinic: Clinic) -> Made:
    version = clinic.put_in_force(OLD, "2016")
    where = reverse("web:new_recall", args=[version.id])
    said = {"severity": "major", "reach": "in_prompt", "reason": "A dose is wrong."}
    return where, where, said, Recall.objects.count


def unreadable(clinic: Clinic) -> Made:
    """An empty file fails, so that nothing else keeps a second one out."""
    where, home = reverse("web:upload"), str(clinic.document.collection_id)
    said = {"label": "2020", "title": "Empty", "collection": home, "file": b""}
    return where, where, said, Document.objects.filter(title="Empty").count


@pytest.mark.parametrize("making", [comment, recall, unreadable])
def test_it_is_made_once_however_often_the_form_is_sent(
    clinic: Clinic, person: Client, making: Callable[[Clinic], Made]
) -> None:
    form, where, said, count = making(clinic)

    def send(once: str) -> Any:
        sent = said | {"once": once}
        if "file" in sent:
            sent["file"] = SimpleUploadedFile("empty.md", sent["file"])
        return person.post(where, sent)

    (once, *_others) = ONCE.findall(person.get(form).content.decode())
    first, again = send(once), send(once)

    assert first.status_code == 302
    assert again["Location"] == first["Location"]
    assert count() == 1
    assert send(ONCE.findall(person.get(form).content.decode())[0]).status_code == 302
    assert count() == 2


def test_what_was_refused_may_be_sent_again(clinic: Clinic, person: Client) -> None:
    _form, where, said, _count = unreadable(clinic)
    file = OLD.encode()
    clinic.put_in_force(OLD, "2016")
    sent = said | {"once": "a"}
    refused = person.post(where, sent | {"file": SimpleUploadedFile("a.md", file)})
    assert refused.status_code == 422
    other = file + b"\n\nAnother ending.\n"
    made = person.post(where, sent | {"file": SimpleUploadedFile("a.md", other)})
    assert made.status_code == 302
    assert DocumentVersion.objects.filter(label="2020").count() == 1
