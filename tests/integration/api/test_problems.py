"""Every error has its row, its code, its sentence; none repeats what was sent."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from rest_framework import exceptions as rest

import audit
import clinrag
import ingestion
from clinrag.api.problems import PROBLEMS
from clinrag.api.refusals import code_of, respond, sentence_of, translate
from clinrag.api.responses import type_uri

# Told to operators in a terminal, never over HTTP.
ELSEWHERE = {"clinrag.local.errors", "clinrag.web.errors"}


def error_modules() -> list[str]:
    found = []
    for package in (audit, ingestion, clinrag):
        modules = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        found += [one.name for one in modules if one.name.endswith(".errors")]
    return sorted(set(found) - ELSEWHERE)


def error_classes() -> Iterator[type[Exception]]:
    for name in error_modules():
        for _, kind in inspect.getmembers(
            importlib.import_module(name), inspect.isclass
        ):
            if issubclass(kind, Exception) and kind.__module__ == name:
                yield kind


ALL = sorted(error_classes(), key=lambda kind: (kind.__module__, kind.__name__))


def test_error_packages_are_all_found() -> None:
    assert {"audit.errors", "ingestion.errors", "clinrag.api.errors"} <= set(
        error_modules()
    )


@pytest.mark.parametrize(
    "kind", ALL, ids=lambda kind: f"{kind.__module__}.{kind.__name__}"
)
def test_error_has_row_code_and_sentence(kind: type[Exception]) -> None:
    assert kind in PROBLEMS
    assert PROBLEMS[kind].status >= 400
    assert "code" in vars(kind)
    assert code_of(kind.__new__(kind)) == kind.code
    assert kind.code == kind.code.lower()
    assert sentence_of(kind)


def test_codes_are_each_used_once() -> None:
    codes = [kind.code for kind in ALL]
    assert sorted(codes) == sorted(set(codes))


def test_type_is_stable_uri() -> None:
    assert type_uri("ledger_unavailable") == "urn:clinrag:problem:ledger-unavailable"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OperationalError("secret"), 503, "database_away"),
        (rest.ParseError("secret"), 400, "body_malformed"),
        (rest.NotFound("secret"), 404, "not_found"),
        (rest.ValidationError({"x": "secret"}), 422, "fields_invalid"),
        (ZeroDivisionError("secret"), 500, "internal_error"),
        (ExceptionGroup("secret", [ValueError("secret")]), 500, "internal_error"),
    ],
)
def test_foreign_error_is_told_without_its_words(
    error: Exception, status: int, code: str, caplog
) -> None:
    response = respond(error, {})
    assert (response.status_code, response.data["code"]) == (status, code)
    assert "secret" not in str(response.data)
    assert all("secret" not in record.getMessage() for record in caplog.records)


def test_own_error_is_left_as_it_is() -> None:
    for kind in ALL:
        error = kind.__new__(kind)
        assert translate(error) is error
