"""A pool of connections that questions could use up is told of before it happens."""

from typing import Any

import pytest

from clinrag.checks import check_pool_size


@pytest.mark.parametrize(
    ("size", "threads", "found"),
    [
        (0, 8, []),
        (20, 8, []),
        (19, 8, ["clinrag.E007"]),
        (6, 1, []),
        (5, 1, ["clinrag.E007"]),
    ],
)
def test_pool_is_refused_when_questions_could_use_it_up(
    settings: Any, size: int, threads: int, found: list[str]
) -> None:
    settings.CLINRAG_DATABASE_POOL_SIZE = size
    settings.CLINRAG_ASKING_THREADS = threads
    assert [one.id for one in check_pool_size(None)] == found
