"""Warnings are told once each, with their pages in runs."""

from clinrag.web.warnings import told_warnings
from ingestion.types import ParseWarning


def warn(page: int | None, code: str = "page_without_text") -> ParseWarning:
    return ParseWarning(code, "There is no text on this page.", page)


def test_pages_of_one_warning_are_folded_into_runs() -> None:
    (told,) = told_warnings([warn(page) for page in (3, 4, 5, 9, 3)])
    assert told.pages == "Pages 3–5, 9"
    assert told.first_page == 3
    assert told.advice


def test_single_page_and_whole_file_are_told_apart() -> None:
    one, whole = told_warnings([warn(7), warn(None, "unheard_of")])
    assert (one.pages, whole.pages, whole.advice) == ("Page 7", "", "")
