"""Servers that are too old are refused with a sentence that helps."""

import pytest

from clinrag import checks


@pytest.mark.parametrize("version", ["0.8.3", "0.8.2", "0.7.4", None])
def test_old_or_missing_pgvector_is_refused(version: str | None) -> None:
    (finding,) = checks._pgvector_findings(version)
    assert finding.id == "clinrag.E003"
    assert "0.8.4" in finding.msg


@pytest.mark.parametrize("version", ["0.8.4", "0.8.6", "0.10.0", "1.0.0"])
def test_recent_pgvector_is_accepted(version: str) -> None:
    assert checks._pgvector_findings(version) == []


@pytest.mark.parametrize(("server", "accepted"), [(140_011, False), (150_000, True)])
def test_postgresql_before_15_is_refused(server: int, accepted: bool) -> None:
    assert (checks._postgresql_findings(server) == []) is accepted


@pytest.mark.django_db
def test_the_embedded_server_is_accepted() -> None:
    assert checks.check_database_versions(None, databases=["default"]) == []
