"""What a page asks of the database does not grow with what it does not show."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinrag.web.editions import Moment, at_moment
from clinrag.web.views.rules import SHOWN
from ingestion import queries
from tests.factories.access import make_user
from tests.factories.ingestion import (
    T0,
    make_collection,
    make_document,
    make_document_version,
    make_index_build,
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


def test_builds_are_counted_only_where_they_are_shown(client: Client) -> None:
    client.force_login(make_user(roles=("knowledge_manager",)))
    shelf: Any = make_collection(slug="fever")
    for number in range(SHOWN + 5):
        make_index_build(shelf, number=number + 1, state="abandoned", ended_at=T0)

    with CaptureQueriesContext(connection) as captured:
        assert client.get("/collections/fever/rules").status_code == 200

    assert asked(captured, '"versions_done"') == SHOWN
