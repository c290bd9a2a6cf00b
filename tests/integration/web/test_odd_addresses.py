"""Whatever an address holds, a page is shown."""

import pytest

from tests.factories.access import make_user
from tests.factories.ingestion import make_document_version

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
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
        f"/integrity/checkpoints?before={NINES}-1",
        "/integrity/checkpoints?before=999999999999999-999999999999999",
        "/custody/readings?actor=%00&before=999999999999999&answer=x&since=soon",
        "/custody/readings.csv?actor=%00&what=%00",
        "/custody/packages/new?kind=%00",
        "/custody/packages/new?kind=answer&answer=%00",
    ],
)
def test_page_is_shown_when_the_address_is_odd(client, address):
    officer = make_user(roles=("compliance_officer",), is_staff=True)
    client.force_login(officer)
    version = make_document_version()

    assert client.get(address.format(version=version.id)).status_code == 200
