"""Files of a comparison: what they say when changes are accepted or rejected."""

import json
import re
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ingestion.diffing import compare
from ingestion.diffing.redlines import FORMS, redline, safe_name

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(frozen=True)
class Passage:
    text: str
    section_path: tuple[str, ...]
    content_sha256: str = ""


@dataclass(frozen=True)
class Edition:
    label: str
    document_title: str = "Asthma & <b>wheeze</b>"


OLD = [
    Passage("Start with 5 mg. Do not stop.\n\nRest & <script>drink</script>.", ("A",))
]
NEW = [
    Passage("Start with 10 mg. Do not stop.\n\nRest & <script>eat</script>.", ("A",))
]


def made(old, new, form):
    found = compare(old, new)
    return redline(found, old=Edition("2021"), new=Edition("2025 “final”"), form=form)


def texts_of(docx):
    """The section's text with all changes rejected, and with all accepted."""
    body = etree.fromstring(ZipFile(BytesIO(docx)).read("word/document.xml"))
    (paragraph,) = [p for p in body.iter(f"{W}p") if p.find(f"{W}ins") is not None
                    or p.find(f"{W}del") is not None]  # fmt: skip
    old, new = "", ""
    for part in paragraph.iter(f"{W}t", f"{W}delText", f"{W}br"):
        text = "\n" if part.tag == f"{W}br" else part.text
        within = {one.tag for one in part.iterancestors()}
        old += "" if f"{W}ins" in within else text
        new += "" if f"{W}del" in within else text
    return old, new


def test_word_file_gives_either_text_when_changes_are_rejected_or_accepted():
    assert texts_of(made(OLD, NEW, "docx").content) == (OLD[0].text, NEW[0].text)


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=40))
def test_word_file_opens_whatever_the_text_holds(text):
    content = made(OLD, [Passage(text, ("A", text))], "docx").content

    assert ZipFile(BytesIO(content)).testzip() is None


def test_page_escapes_all_text_and_runs_nothing():
    page = made(OLD, NEW, "html").content.decode()

    assert "<script>" not in page
    assert "default-src 'none'" in page
    assert re.search(r"<del>5 </del><ins>10 </ins>mg", page)
    assert "An amount to be given is another one." in page


def test_json_holds_risks_and_marks():
    told = json.loads(made(OLD, NEW, "json").content)

    assert [(risk["grade"], risk["old"], risk["new"]) for risk in told["risks"]] == [
        ("high", "5 mg", "10 mg")
    ]
    assert told["sections"][0]["words"][1] == {"op": "delete", "text": "5 "}


@pytest.mark.parametrize("form", FORMS)
def test_file_name_is_safe_and_content_is_the_same_each_time(form):
    one, other = made(OLD, NEW, form), made(OLD, NEW, form)

    assert one.filename == f"asthma-b-wheeze-b-2025-final-changes.{form}"
    if form != "docx":  # a zip holds the time it was made
        assert one.content == other.content


@given(st.text(max_size=100))
def test_name_is_plain_whatever_an_edition_is_called(label):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", safe_name(label))
