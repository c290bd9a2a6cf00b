"""Servers, buckets and folders that are slow, endless, private, moved or very full."""

import gzip
import socket
import time
from datetime import timedelta

import boto3
import pytest
from django.utils import timezone
from moto import mock_aws

from ingestion import actions, queries
from ingestion.actions import watching
from ingestion.errors import LeaseLost
from ingestion.models import DocumentVersion, Source
from ingestion.sources import SourceRules, open_source
from ingestion.sources.errors import SourceRefused, SourceUnreadable
from tests.integration.ingestion_lifecycle.conftest import GUIDELINE
from tests.integration.ingestion_lifecycle.test_sources import (
    CHANGED,
    folder,
    kinds,
    look,
    site,
    watch,
)
from tests.integration.ingestion_lifecycle.watching import says

__all__ = ["folder", "look", "site", "watch"]
pytestmark = pytest.mark.django_db


def drips(request):
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.1)


def pours(request):
    request.send_response(200)
    request.end_headers()
    for _ in range(10_000):
        request.wfile.write(b"x" * 65536)


def sends_to(address):
    return says(status=302, Location=address)


HOSTILE = {
    "drips": (drips, "source_unreachable"),
    "pours": (pours, "source_too_large"),
    "gzip": (
        says(gzip.compress(b"0" * 10_000_000), Content_Encoding="gzip"),
        "source_answers_oddly",
    ),
    "metadata": (sends_to("http://169.254.169.254/latest"), "source_refused"),
    "elsewhere": (sends_to("https://example.org/g.md"), "source_refused"),
    "file": (sends_to("file:///etc/passwd"), "source_refused"),
    "loop": (sends_to("/g.md"), "source_answers_oddly"),
    "refuses": (says(status=403), "source_answers_oddly"),
    "breaks": (says(status=500), "source_answers_oddly"),
    "sign_in": (says(b"<html><body>Sign in</body></html>"), "source_answers_oddly"),
    "picture": (says(b"\x89PNG\r\n\x1a\n" + bytes(64)), "source_answers_oddly"),
    "nothing": (says(b""), "source_answers_oddly"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_answer_fails_the_look_and_makes_nothing(
    site, watch, look, settings, case
):
    settings.CLINRAG_SOURCE_SECONDS = 1.0
    settings.MAX_UPLOAD_BYTES = 1_000_000
    site.answers["/g.md"] = says(GUIDELINE.encode())
    source = watch("http", site.url())
    look(source)
    site.answers["/g.md"], code = HOSTILE[case]
    began = time.monotonic()

    seen = look(source)

    assert (seen.outcome, seen.code) == ("failed", code)
    assert time.monotonic() - began < 4
    assert kinds() == ["drafted"]
    assert DocumentVersion.objects.count() == 1


def test_redirect_within_what_is_allowed_is_followed(site, watch, look):
    site.answers["/g.md"] = sends_to("/new/g.md")
    site.answers["/new/g.md"] = says(GUIDELINE.encode(), Set_Cookie="id=1")

    seen = look(watch("http", site.url()))

    assert seen.drafted == 1
    assert "Cookie" not in site.asked[1][1]


@pytest.fixture
def names(monkeypatch):
    """A name service that gives each answer once."""
    given: list[str] = []
    real = socket.getaddrinfo

    def find(host, port, *args, **named):
        if host != "guidelines.test":
            return real(host, port, *args, **named)
        return real(given.pop(0), port, *args, **named)

    monkeypatch.setattr(socket, "getaddrinfo", find)
    return given


def test_name_that_is_private_is_refused_unless_the_deployment_says_so(
    site, watch, look, settings, names
):
    settings.CLINRAG_SOURCE_HOSTS = ["guidelines.test"]
    source = watch("http", "https://guidelines.test/g.md")
    for address in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1",
                    "::ffff:10.0.0.1", "64:ff9b::a00:1",
        "fec0::1",
        "::7f00:1",
        "2002:a00:1::", "100.64.0.1", "0.0.0.0"):  # fmt: skip
        names[:] = [address]
        assert look(source).code == "source_refused"
    with pytest.raises(SourceRefused):
        watch("http", "http://guidelines.test/g.md")


def test_name_is_looked_up_once_so_it_cannot_change_before_the_call(
    site, watch, look, settings, names
):
    settings.CLINRAG_SOURCE_PRIVATE_HOSTS = ["guidelines.test"]
    site.answers["/g.md"] = says(GUIDELINE.encode())
    source = watch("http", site.url(host="guidelines.test"))
    names[:] = ["127.0.0.1", "192.0.2.1"]

    seen = look(source)

    assert (seen.drafted, names) == (1, ["192.0.2.1"])
    assert site.asked[0][1]["Host"] == f"guidelines.test:{site.port}"


@pytest.fixture
def bucket(settings, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    settings.CLINRAG_SOURCE_BUCKETS = ["guidelines"]
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="guidelines")
        yield client


def test_prefix_of_a_bucket_is_watched_like_a_folder(bucket, watch, look):
    def put(key, text):
        bucket.put_object(Bucket="guidelines", Key=key, Body=text.encode())

    put("pain/a.md", GUIDELINE)
    put("pain/ä b.md", GUIDELINE + "\nMore.\n")
    put("pain/logo.png", "x")
    put("other/c.md", "Not watched.")
    source = watch("s3", "s3://guidelines/pain/")
    first, same = look(source), look(source)
    put("pain/a.md", CHANGED)
    changed = look(source)
    bucket.delete_object(Bucket="guidelines", Key="pain/a.md")
    gone = look(source)
    put("pain/renamed.md", CHANGED)
    moved = look(source)

    assert (first.seen, first.drafted, same.outcome) == (2, 2, "unchanged")
    assert (changed.drafted, gone.missing) == (1, 1)
    assert (moved.moved, moved.returned, moved.drafted) == (1, 1, 0)
    with pytest.raises(SourceRefused):
        watch("s3", "s3://somebodys/pain/")


def test_bucket_that_does_not_answer_fails_the_look(bucket, watch, look, settings):
    settings.CLINRAG_SOURCE_BUCKETS = ["nowhere"]

    seen = look(watch("s3", "s3://nowhere/"))

    assert (seen.outcome, seen.code) == ("failed", "source_unreachable")


def test_very_full_folder_is_looked_through_in_turns(folder, watch, look, monkeypatch):
    monkeypatch.setattr(watching, "MOST_READ", 5)
    for number in range(10_000):
        (folder / f"{number}.md").write_text(f"# Number {number}\n\nText.\n")
    source = watch("folder", folder)
    began = time.monotonic()

    first, second = look(source), look(source)

    assert (first.seen, first.drafted, second.drafted) == (10_000, 5, 5)
    assert time.monotonic() - began < 20
    assert Source.objects.get().next_check_at == look.at


def test_damaged_file_keeps_nobody_from_the_others(folder, watch, look):
    (folder / "a.docx").write_bytes(b"PK\x03\x04 half of it")
    (folder / "b.md").write_text(GUIDELINE)

    seen = look(watch("folder", folder))

    assert (seen.outcome, seen.drafted, seen.refused) == ("changed", 1, 1)
    assert seen.code == "file_corrupt"


def test_folder_that_is_not_there_fails_the_look(folder, watch, look):
    source = watch("folder", folder / "below")

    seen = look(source)

    assert (seen.outcome, seen.code) == ("failed", "source_unreadable")


def test_file_that_became_a_link_after_the_look_is_not_read(folder, tmp_path):
    (tmp_path / "secret.md").write_text("secret")
    (folder / "g.md").write_text(GUIDELINE)
    rules = SourceRules(folders=(folder,), settle_seconds=0)
    watched = open_source("folder", str(folder), rules=rules)
    (glimpse,) = watched.look({}, at=timezone.now())
    (folder / "g.md").unlink()
    (folder / "g.md").symlink_to(tmp_path / "secret.md")

    with pytest.raises(SourceUnreadable):
        watched.read(glimpse)


def test_look_that_was_overtaken_writes_nothing(folder, watch, monkeypatch):
    source = watch("folder", folder)
    (folder / "g.md").write_text(GUIDELINE)
    real = watching.open_source

    def overtaken(*arguments, **named):
        Source.objects.update(fence=99)
        return real(*arguments, **named)

    monkeypatch.setattr(watching, "open_source", overtaken)
    at = timezone.now() + timedelta(hours=1)
    with pytest.raises(LeaseLost):
        actions.check_source(source.id, at=at, onward=print)

    assert DocumentVersion.objects.count() == 0
    assert queries.checks_of(source.id) == []
