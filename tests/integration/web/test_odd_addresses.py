"""Whatever an address holds, a page is shown."""

import pytest

from tests.factories.access import make_user
from tests.factories.ingestion import make_document_version

pytestmark = pytest.mark.django_db
NINES = "9" * 5_000


@pytest.mark.parametrize(
    "address",
    [
        "/documents?q=%00",
        "/documents?q=%00pain",
        f"/integrity?before={NINES}",
        "/integrity?before=999999999999999",
        f"/versions/{{version}}?span=1-{NINES}",
        "/versions/{version}?span=2-1",
        "/versions/{version}?span=0-3",
        "/admin/audit/entry/?type=%00",
    ],
)
def test_page_is_shown_when_the_address_is_odd(client, address):
    officer = make_user(roles=("compliance_officer",), is_staff=True)
    client.force_login(officer)
    version = make_document_version()

    assert client.get(address.format(version=version.id)).status_code == 200
