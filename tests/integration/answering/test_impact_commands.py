"""The shell: certificates of non-use issued and verified, addresses of apps."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from clinrag.answering.models import WebhookEndpoint
from tests.integration.answering.test_impact import guideline
from tests.integration.answering.test_non_use import ledger, place_of_use, used

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
__all__ = ["guideline", "ledger", "used"]
APP = "Ward app"
URL = "https://apps.example.org/recalls"


def run(command: str, *arguments: object, **options: Any) -> str:
    out = StringIO()
    call_command(command, *map(str, arguments), stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def certified(used: Any, tmp_path: Path) -> tuple[Path, Path, str]:
    """A certificate, the entries of the log, and the log's key, as files and words."""
    first, _second, verifiers = used
    last = place_of_use(first.id) - 1
    certificate, entries = tmp_path / "certificate.json", tmp_path / "entries.jsonl"
    certificate.write_text(run("certify_non_use", first.id, "--last", last))
    entries.write_text(run("list_entries", form="jsonl"))
    (verifier,) = verifiers.values()
    return certificate, entries, verifier.vkey


def verify(certificate: Path, entries: Path, vkey: str) -> str:
    return run("verify_non_use", certificate, entries, "--vkey", vkey)


def test_certificate_from_the_shell_is_verified_from_files_alone(certified):
    assert verify(*certified).startswith("It holds: entries 0 to ")


def test_certificate_is_refused_by_the_shell_when_the_version_was_used(used):
    first, *_ = used
    at = place_of_use(first.id)
    assert json.loads(run("certify_non_use", first.id, "--last", at - 1))
    with pytest.raises(CommandError, match="used the edition"):
        run("certify_non_use", first.id, "--last", at)
    with pytest.raises(CommandError, match="does not prove"):
        run("certify_non_use", first.id, "--first", at + 1, "--last", 99_999)
    with pytest.raises(CommandError, match="no such version"):
        run("certify_non_use", "00000000-0000-4000-8000-000000000000")


def altered(text: str) -> str:
    told = json.loads(text)
    return json.dumps(told | {"ended": told["ended"] + 1})


@pytest.mark.parametrize(
    "certificate", [altered, lambda _text: "[]", lambda _text: "{", lambda _text: ""]
)
def test_verification_from_the_shell_fails_when_the_certificate_is_another(
    certified, certificate
):
    file, entries, vkey = certified
    verify(file, entries, vkey)
    file.write_text(certificate(file.read_text()))
    with pytest.raises(CommandError, match="It does not hold"):
        verify(file, entries, vkey)


@pytest.mark.parametrize(
    "lines",
    [
        lambda lines: lines[1:],
        lambda lines: lines[::-1],
        lambda lines: [*lines[:2], lines[2].replace("ward", "bard"), *lines[3:]],
        lambda _lines: ["{}"],
        lambda _lines: ["[]"],
        lambda _lines: ['{"index": "0", "entry": {}}'],
        lambda _lines: ["no JSON"],
    ],
)
def test_verification_from_the_shell_fails_when_the_entries_are_others(
    certified, lines
):
    file, entries, vkey = certified
    verify(file, entries, vkey)
    whole = entries.read_text().splitlines()
    entries.write_text("\n".join(lines(whole)) + "\n")
    with pytest.raises(CommandError, match="It does not hold"):
        verify(file, entries, vkey)


def test_verification_from_the_shell_fails_when_file_or_key_are_none(certified):
    file, entries, vkey = certified
    verify(file, entries, vkey)
    with pytest.raises(CommandError, match="It does not hold"):
        verify(file, entries.with_name("nowhere"), vkey)
    with pytest.raises(CommandError, match="It does not hold"):
        verify(file, entries, "no key")


@pytest.fixture
def _people(ledger: Any) -> None:
    for name, role in (("olaf", "operator"), ("mona", "knowledge_manager")):
        get_user_model().objects.create_user(name, password="x" * 20, roles=[role])


@pytest.mark.usefixtures("_people")
def test_address_is_registered_from_the_shell_and_its_secret_told_once():
    endpoint_id, secret = run("register_webhook", APP, URL, "--by", "olaf").split()

    row = WebhookEndpoint.objects.get()
    assert (str(row.id), row.app, row.url) == (endpoint_id, APP, URL)
    assert row.registered_by_name == "olaf"
    assert secret.startswith("whsec_")
    assert secret.removeprefix("whsec_").encode() not in bytes(row.wrapped)


@pytest.mark.usefixtures("_people")
@pytest.mark.parametrize(
    ("url", "by", "says"),
    [
        (URL, "nobody", "no active account"),
        (URL, "mona", "do not allow: administer"),
        (URL.replace("https", "http"), "olaf", "Nothing may be sent"),
    ],
)
def test_address_is_refused_by_the_shell(url, by, says):
    with pytest.raises(CommandError, match=says):
        run("register_webhook", APP, url, "--by", by)
    assert not WebhookEndpoint.objects.exists()
    run("register_webhook", APP, URL, "--by", "olaf")
    with pytest.raises(CommandError, match="already"):
        run("register_webhook", APP, URL, "--by", "olaf")
