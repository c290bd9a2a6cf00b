"""Verifiers that others wrote. Without them a test says so, and in CI it fails."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LIBRARY = Path("/usr/share/gocode")
GO_ENVIRONMENT = {"GO111MODULE": "off", "GOPATH": str(LIBRARY), "GOFLAGS": ""}


def missing(what: str) -> None:
    """Skip with the reason; fail where the outside verifiers are promised."""
    if os.environ.get("CI") == "true" or os.environ.get("CLINRAG_OUTSIDE_TESTS") == "1":
        pytest.fail(f"{what} is missing, and this run promises outside verifiers")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def go_verifier(tmp_path_factory) -> Path:
    """Our glue around golang.org/x/mod/sumdb, built from Debian's packages."""
    if shutil.which("go") is None:
        missing("Go (Debian: golang-go)")
    if not (LIBRARY / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        missing("golang.org/x/mod (Debian: golang-golang-x-mod-dev)")
    folder = tmp_path_factory.mktemp("go")
    subprocess.run(
        ["go", "build", "-o", folder / "verify", HERE / "verify.go"],
        check=True,
        env=os.environ | GO_ENVIRONMENT | {"GOCACHE": str(folder / "cache")},
    )
    return folder / "verify"


@pytest.fixture
def go(go_verifier):
    def go(*arguments) -> subprocess.CompletedProcess:
        return subprocess.run(
            [go_verifier, *arguments], capture_output=True, text=True, check=False
        )

    return go


@pytest.fixture(scope="session")
def openssl() -> str:
    found = shutil.which("openssl")
    if found is None:
        missing("openssl")
    return str(found)
