"""The words of a verification that is over."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from audit.verification.runs import RunView, State
from clinrag.web.runs import run_line

AT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unsigned", "said"), [(0, ""), (1, "1 entry past"), (2, "2 entries past")]
)
def test_verdict_says_how_much_no_signature_covers(unsigned, said):
    view = RunView(
        id=UUID(int=1),
        only=None,
        requested_by_name="Ada",
        requested_at=AT,
        state=State.HELD,
        layer="",
        done=9,
        total=9,
        finished_at=AT,
        covers=8,
        report={"entries": 9, "unsigned": {"entries": unsigned}},
    )
    sentence = run_line(view, at=AT).sentence
    assert "all 9 entries" in sentence
    assert ("signature" in sentence, said in sentence) == (bool(said), True)
