"""The OpenAPI description: true, checked in, and shown without the network."""

import io
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

import clinrag.api

CHECKED_IN = Path(clinrag.api.__file__).parent / "openapi.yaml"


def test_description_is_the_one_checked_in() -> None:
    out = io.StringIO()
    call_command(
        "spectacular", "--validate", "--fail-on-warn", stdout=out, stderr=io.StringIO()
    )
    assert out.getvalue() == CHECKED_IN.read_text(encoding="utf-8"), (
        "run: manage.py spectacular --file clinrag/api/openapi.yaml"
    )


def test_description_is_served_to_everybody() -> None:
    response = Client().get("/api/v1/openapi.json")
    assert response.status_code == 200
    described = response.json()
    assert described["openapi"] == "3.1.0"
    assert "/api/v1/answers" in described["paths"]
    for path in described["paths"].values():
        for operation in path.values():
            assert operation["security"]
            assert operation["summary"]
            assert "4XX" in operation["responses"]


@pytest.mark.parametrize("page", ["docs", "redoc"])
def test_page_asks_nobody_else_and_runs_only_our_scripts(page: str) -> None:
    response = Client().get(f"/api/v1/{page}")
    assert response.status_code == 200
    assert not re.search(r"https?://", response.content.decode())
    assert "<script>" not in response.content.decode()
    policy = response["Content-Security-Policy"].split("; ")
    assert "script-src 'self'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy


def test_other_pages_keep_the_strict_policy() -> None:
    policy = Client().get("/api/v1/openapi.json")["Content-Security-Policy"]
    assert "unsafe" not in policy
