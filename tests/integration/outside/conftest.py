"""Verifiers that others wrote. Without them a test says so, and in CI it fails."""

import os
import shutil
import subprocess
import sys
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


@pytest.fixture(scope="session")
def aics_python() -> str:
    """A Python, 3.12 or later, that has `aics-tlog`: never installed by a test."""
    named = os.environ.get("AICS_TLOG_PYTHON")
    others = [shutil.which("python3.13"), shutil.which("python3.12"), sys.executable]
    for python in [named] if named else filter(None, others):
        probe = [python, "-c", "import aics_tlog"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip(
        "no Python with aics-tlog: pip install it into a venv of Python 3.12 or later"
        " and name that venv's python in AICS_TLOG_PYTHON"
    )


@pytest.fixture
def aics(aics_python):
    def aics(*arguments) -> subprocess.CompletedProcess:
        return subprocess.run(
            [aics_python, "-m", "aics_tlog", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
        )

    return aics
