"""The administration tells entries in the words of the pages, not in codes."""

import pytest
from django.contrib.admin import site

from audit.admin import EntryAdmin
from audit.custody import authorizations
from audit.custody.authorizations import Action
from audit.models import Entry
from tests.integration.audit.conftest import ADA
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


def told():
    return EntryAdmin(Entry, site).told(Entry.objects.get())


def test_entry_is_told_in_words_when_it_holds_a_code(log):
    authorizations.request(
        Action.HOLD_RELEASE, scope={"hold": "1"}, reason="r", by=ADA, at=log.tick()
    )
    log.sequence()
    assert "the release of a legal hold" in told()
    assert "hold_release" not in told()


def test_entry_is_told_as_unreadable_when_its_bytes_are(log):
    log.append(), log.sequence()
    with tampering("audit_entry") as execute:
        execute(
            "UPDATE audit_entry SET body = 'x', leaf_hash = sha256('\\x0078'::bytea)"
        )
    assert told().startswith("Unreadable")
