from pathlib import Path

import pytest

from tests.integration.answering.clinic import BOTH_EDITIONS, Clinic, running_clinic


@pytest.fixture
def clinic(db: None, settings: object, tmp_path: Path) -> Clinic:
    """One edition in force."""
    return running_clinic(settings, tmp_path)


@pytest.fixture
def two_editions(db: None, settings: object, tmp_path: Path) -> Clinic:
    """A second edition in force, the first superseded."""
    return running_clinic(settings, tmp_path, editions=BOTH_EDITIONS)
