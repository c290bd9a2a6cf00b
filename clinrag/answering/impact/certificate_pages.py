"""A certificate of non-use as a page that stands alone: to read, print and keep.

Promises: everything told is escaped; the certificate itself stands in it to the byte,
as the file that is recomputed; nothing is loaded from anywhere. Will not: prove more
than the certificate.
"""

from collections.abc import Iterator
from html import escape
from typing import Final

from clinrag.answering.impact.certificates import Certificate, Part

PAGE_TYPE: Final = "text/html; charset=utf-8"
FILE_TYPE: Final = "application/json"
STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;"
    "padding:0 1rem;color:#1b1b1b;background:#fff}"
    "h1,h2{line-height:1.2}"
    "dt{font-weight:600;margin-top:.5rem}dd{margin:0;overflow-wrap:anywhere}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #767676;"
    "padding:.5rem;font-size:.85rem}"
)
HOW: Final = (
    "Whoever has the entries of this range, with one line each as the list of entries"
    " gives them, and the log's public key from somewhere else than here, recomputes it"
    " without any database: save the certificate below as a file and run"
)
COMMAND: Final = "manage.py verify_non_use certificate.json entries.jsonl --vkey VKEY"


def certificate_page(certificate: Certificate, *, title: str, label: str) -> str:
    """The whole page; `title` and `label` are what the edition is called here."""
    return "".join(_page(certificate, f"{title}, {label}" if label else title))


def _page(certificate: Certificate, edition: str) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>Certificate of non-use: {escape(edition)}</title>"
    yield f"<style>{STYLE}</style></head><body><main>\n"
    yield f"<h1>Certificate of non-use</h1>\n<p>{escape(edition)}</p>\n"
    yield f"<p><strong>{escape(certificate.statement)}</strong></p>\n"
    yield f"<p>{escape(certificate.limits)}</p>\n<dl>"
    for name, value in _facts(certificate):
        yield f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>"
    yield "</dl>\n"
    for part in certificate.parts:
        yield _part(part)
    yield f"<h2>How to recompute it</h2>\n<p>{escape(HOW)}</p>\n"
    yield f"<pre>{escape(COMMAND)}</pre>\n<h2>The certificate</h2>\n"
    # A newline right after the tag is no part of the text (HTML, 13.1.2.5).
    yield f'<pre id="certificate">\n{escape(certificate.to_json())}</pre>\n'
    yield "</main></body></html>\n"


def _facts(certificate: Certificate) -> Iterator[tuple[str, object]]:
    yield "Edition", certificate.version_id
    yield "Document", certificate.document_id
    yield "SHA-256 of its file", certificate.content_sha256
    yield "Entries of the log", f"{certificate.first} to {certificate.last}"
    yield "Questions that begin there", certificate.received
    yield "Entries that end a question", certificate.ended
    yield "Questions that end elsewhere", certificate.open
    yield "SHA-256 of the leaves", certificate.leaves_sha256
    yield "Issued", certificate.issued_at


def _part(part: Part) -> str:
    leaves = f"leaves {part.start} to {part.end - 1}"
    return (
        f"<h2>Checkpoint of shard {part.shard}, {leaves}</h2>\n"
        f"<pre>\n{escape(part.checkpoint)}</pre>\n"
    )
