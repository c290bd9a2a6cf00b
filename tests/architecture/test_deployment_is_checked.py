"""`check --deploy` is silent for a deployment as `deploy/env.sample` describes it."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SAFE = {
    "CLINRAG_HTTPS": "1",
    "CLINRAG_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "CLINRAG_ALLOWED_HOSTS": "clinrag.example.org",
    "CLINRAG_FSYNC_MAY_BE_OFF": "0",
    "DJANGO_SETTINGS_MODULE": "clinrag.settings",
}


def check_deploy(**changes: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=REPOSITORY,
        env={**os.environ, **SAFE, **changes},
        capture_output=True,
        text=True,
        check=False,
    )


def test_safe_deployment_passes() -> None:
    done = check_deploy()
    assert (done.returncode, done.stderr[-2000:]) == (0, done.stderr[-2000:])


def test_short_secret_is_refused() -> None:
    done = check_deploy(CLINRAG_SECRET_KEY="short")
    assert done.returncode != 0
    assert "clinrag.E001" in done.stderr


def test_forgetful_database_is_refused() -> None:
    done = check_deploy(CLINRAG_FSYNC_MAY_BE_OFF="1")
    assert done.returncode != 0
    assert "clinrag.E004" in done.stderr


def test_plain_http_to_another_machine_is_warned_of() -> None:
    done = check_deploy(CLINRAG_MODEL_URL="http://models.example.org/v1")
    assert done.returncode != 0
    assert "clinrag.W001" in done.stderr
