"""What a page asks of the database does not grow with what it does not show."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinrag.web.editions import Moment, at_moment
from clinrag.web.views.rules import SHOWN
from ingestion import queries
from ingestion.lifecycle import Status
from ingestion.models import Stage
from tests.factories.access import make_user
from tests.factories.ingestion import (
    T0,
    make_collection,
    make_document,
    make_document_version,
    make_index_build,
    make_work_part,
)

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def asked(captured: CaptureQueriesContext, words: str) -> int:
    return sum(words in one["sql"] for one in captured.captured_queries)


def test_moment_is_looked_up_once_for_all_editions() -> None:
    document = make_document()
    for _ in range(3):
        make_document_version(document)
    found = queries.versions_of(document.id)

    with CaptureQueriesContext(connection) as captured:
        assert len(at_moment(found, Moment(known_at=T0))) == 3

    assert asked(captured, '"changed_at" <= ') == 1


@pytest.mark.parametrize("address", ["/upload", "/upload/queue"])
def test_rates_of_work_are_asked_once_for_the_whole_queue(
    client: Client, address: str
) -> None:
    client.force_login(make_user(roles=("knowledge_manager",)))

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert asked(captured, '"ingestion_workpart"') == 2  # the parts, their rates
        return len(captured)

    add_to_queue()
    few = statements()
    for _ in range(6):
        add_to_queue()
    assert statements() == few


def add_to_queue() -> None:
    for status, stage in ((Status.CHUNKED, Stage.EMBED), (Status.PARSED, Stage.OCR)):
        make_work_part(make_document_version(status=status), stage=stage, total=9)


def test_builds_are_counted_only_where_they_are_shown(client: Client) -> None:
    client.force_login(make_user(roles=("knowledge_manager",)))
    shelf: Any = make_collection(slug="fever")
    for number in range(SHOWN + 5):
        make_index_build(shelf, number=number + 1, state="abandoned", ended_at=T0)

    with CaptureQueriesContext(connection) as captured:
        assert client.get("/collections/fever/rules").status_code == 200

    assert asked(captured, '"versions_done"') == SHOWN
