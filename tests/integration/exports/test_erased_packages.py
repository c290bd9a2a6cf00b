"""Packages that hold content in the clear end when content is erased."""

import pytest
from django.test import Client

from audit import tasks
from audit.custody import authorizations, erasure, holds
from audit.custody.erasure import ErasureState, ReasonClass
from audit.custody.scopes import Scope, ScopeKind
from audit.errors import ExportGone, ExportStateWrong
from audit.exports import records
from audit.exports.building import end_outlived
from audit.exports.records import State
from audit.models import Entry
from tests.factories.access import make_user
from tests.integration.audit.conftest import ADA
from tests.integration.exports.conftest import BOB

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

CLEAR = ["masked", "disclosed"]
SEALED = ["none", "ciphertext"]


@pytest.fixture(autouse=True)
def folder(office, settings):
    settings.CLINRAG_EXPORT_DIR = office.workshop.folder


def question_of(answer):
    rows = Entry.objects.filter(type="query.received").order_by("-index")
    return next(row.entry_id for row in rows if answer.encode() in bytes(row.body))


def agreed(office, answer):
    asked = erasure.request(
        Scope(ScopeKind.QUESTION, question_of(answer)),
        reason_class=ReasonClass.SUBJECT_REQUEST,
        reason="Letter of the 5th",
        by=ADA,
        at=office.log.tick(),
    )
    return authorizations.approve(asked.id, by=BOB, at=office.log.tick()).id


def begin(office, answer):
    return erasure.begin(agreed(office, answer), by=BOB, at=office.log.tick())


def finish(office, erasure_id):
    return erasure.finish(erasure_id, by=BOB, at=office.log.tick())


def download(office, export):
    return records.record_download(
        export.id, surface="test", by=ADA, at=office.log.tick()
    )


@pytest.fixture
def answer(office):
    answer = office.answer()
    office.log.sign()
    return answer


@pytest.mark.parametrize("content", CLEAR)
def test_package_in_the_clear_is_refused_and_deleted_when_content_is_erased(
    office, answer, content
):
    export = office.build("answer", content, answer_id=answer)
    assert download(office, export).downloads == 1
    finish(office, begin(office, answer))
    with pytest.raises(ExportGone):
        download(office, export)
    tasks.keep_custody.run()
    assert not office.file(export).exists()
    gone = records.by_id(export.id)
    assert (gone.state, gone.failure_code) == (State.REMOVED, "erased")
    office.log.sequence()
    assert Entry.objects.filter(type="export.removed").count() == 1
    tasks.keep_custody.run()
    office.log.sequence()
    assert Entry.objects.filter(type="export.removed").count() == 1


def test_package_is_refused_from_the_begin_of_an_erasure_on(office, answer):
    export = office.build("answer", "masked", answer_id=answer)
    begin(office, answer)
    with pytest.raises(ExportGone):
        download(office, export)


@pytest.mark.parametrize("content", SEALED)
def test_package_without_clear_text_stays_when_content_is_erased(
    office, answer, content
):
    export = office.build("answer", content, answer_id=answer)
    finish(office, begin(office, answer))
    tasks.keep_custody.run()
    assert office.file(export).exists()
    assert download(office, export).downloads == 1


def test_package_being_built_fails_and_leaves_no_draft_when_content_is_erased(
    office, answer
):
    office.log.fill(500)
    export = office.start("entries", "masked", first="0", last="400")
    assert office.slice(export, 200) is State.BUILDING
    finish(office, begin(office, answer))
    tasks.keep_custody.run()
    failed = records.by_id(export.id)
    assert (failed.state, failed.failure_code) == (State.FAILED, "erased")
    assert not office.workshop.draft(export.id).exists()


def test_slice_after_an_erasure_packs_nothing_before_the_round_comes(office, answer):
    office.log.fill(500)
    export = office.start("entries", "masked", first="0", last="400")
    assert office.slice(export, 200) is State.BUILDING
    finish(office, begin(office, answer))
    assert office.slice(export, 200) is State.FAILED
    assert records.by_id(export.id).failure_code == "erased"
    assert not office.workshop.draft(export.id).exists()


def test_package_begun_after_the_erasure_is_built_and_kept(office, answer):
    other = office.answer()
    office.log.sign()
    finish(office, begin(office, answer))
    export = office.build("answer", "disclosed", answer_id=other)
    tasks.keep_custody.run()
    assert download(office, export).downloads == 1


def test_package_in_the_clear_waits_while_an_erasure_is_under_way(office, answer):
    export = office.agree(office.request("answer", "masked", answer_id=answer))
    erasing = begin(office, answer)
    with pytest.raises(ExportStateWrong):
        records.start(export.id, by=ADA, at=office.log.tick())
    finish(office, erasing)
    started = records.start(export.id, by=ADA, at=office.log.tick())
    assert started.state is State.BUILDING


def test_package_stays_when_the_erasure_was_stopped_by_a_hold(office, answer):
    export = office.build("answer", "masked", answer_id=answer)
    erasing = begin(office, answer)
    holds.place(
        Scope(ScopeKind.EVERYTHING),
        reason="Case 5",
        by=ADA,
        at=office.log.tick(),
    )
    assert finish(office, erasing).state is ErasureState.STOPPED
    tasks.keep_custody.run()
    assert download(office, export).downloads == 1


@pytest.fixture
def page_of():
    """What a compliance officer reads on a package's page."""
    client = Client()
    client.force_login(make_user(roles=("compliance_officer",), is_staff=True))

    def page_of(export):
        shown = client.get(f"/custody/packages/{export.id}")
        assert shown.status_code == 200
        return " ".join(shown.content.decode().split())

    return page_of


def test_page_says_that_a_package_was_deleted_after_an_erasure_of_something_else(
    office, answer, page_of
):
    other = office.answer()
    office.log.sign()
    export = office.build("answer", "disclosed", answer_id=other)
    before = page_of(export)
    assert "will be deleted on" in before
    assert "after an erasure" not in before
    download(office, export)
    finish(office, begin(office, answer))
    end_outlived(office.workshop, at=office.log.tick())
    after = page_of(export)
    assert "It was built, and deleted after an erasure" in after
    assert "It need not be content of this package" in after
    assert "Copies that were downloaded are not called back" in after
    for untrue in ("It could not be built", "content is gone for good", "deleted on"):
        assert untrue not in after
