from pathlib import Path

import pytest

from tests.integration.answering.clinic import NEW, OLD, Clinic, open_clinic


@pytest.fixture
def clinic(db: None, settings: object, tmp_path: Path) -> Clinic:
    """One edition in force."""
    clinic = open_clinic(settings, tmp_path)
    clinic.put_in_force(OLD, "2016")
    return clinic


@pytest.fixture
def two_editions(clinic: Clinic) -> Clinic:
    """A second edition in force, the first superseded."""
    clinic.put_in_force(NEW, "2022")
    return clinic
