"""A comparison as one HTML page that prints: no script, nothing from elsewhere.

Promises: additions underlined, removals struck out, so that neither needs colour;
all text is escaped; a policy in the page itself forbids scripts. Will not: link.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from ingestion.diffing.redlines.titles import Titles
from ingestion.diffing.types import Comparison, Risk, SectionChange
from ingestion.diffing.words import WordMark, WordOp

STYLE: Final = """
body { font: 11pt/1.5 Georgia, "Liberation Serif", serif; max-width: 46rem;
  margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 1.6rem; break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: .9em; }
th, td { border-top: 1px solid #999; text-align: left; vertical-align: top; padding: .3rem .5rem; }
tr { break-inside: avoid; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.path { color: #555; font-size: .9em; margin: 0; }
ins { text-decoration: underline; text-decoration-thickness: 2px; color: #14532d; background: #e8f5ec; }
del { text-decoration: line-through; text-decoration-thickness: 2px; color: #7f1d1d; background: #fdecea; }
@media print { ins, del { background: none; color: #000; } @page { margin: 16mm; } }
"""  # noqa: E501
HEAD: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta http-equiv="Content-Security-Policy"'
    " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)
KEY: Final = "<ins>Added</ins>, <del>removed</del>."
TAGS: Final = {WordOp.EQUAL: "", WordOp.INSERT: "ins", WordOp.DELETE: "del"}


def write(comparison: Comparison, titles: Titles) -> bytes:
    """Return the page as UTF-8."""
    title = escape(f"{titles.document}: {titles.old} → {titles.new}")
    parts = [
        f"{HEAD}<title>{title}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(titles.document)}</h1>",
        f"<p>{escape(titles.old)} → {escape(titles.new)}. {KEY}</p>",
        *_risks(comparison.risks),
        *(part for one in comparison.changes for part in _section(one)),
        "</body></html>",
    ]
    return "".join(parts).encode("utf-8", "replace")


def _risks(risks: Iterable[Risk]) -> Iterator[str]:
    yield "<h2>Changes to look at first</h2><table><thead><tr><th>Risk</th>"
    yield "<th>Was</th><th>Is</th><th>Why</th><th>Section</th></tr></thead><tbody>"
    for risk in risks:
        cells = (risk.old, risk.new, risk.reason, " › ".join(risk.path))
        told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        yield f'<tr><th scope="row">{risk.grade}, {risk.kind}</th>{told}</tr>'
    yield "</tbody></table>"


def _section(section: SectionChange) -> Iterator[str]:
    title = section.path[-1] if section.path else "Beginning"
    yield f"<h2>{escape(title)} ({section.kind})</h2>"
    yield f'<p class="path">{escape(" › ".join(section.path[:-1]))}</p>'
    if section.old_path and section.old_path != section.path:
        yield f'<p class="path">was at: {escape(" › ".join(section.old_path))}</p>'
    yield f'<div class="text">{"".join(map(_marked, section.words))}</div>'
    if not section.words:
        yield f'<div class="text">{escape(section.new_text)}</div>'


def _marked(mark: WordMark) -> str:
    tag, text = TAGS[mark.op], escape(mark.text)
    return f"<{tag}>{text}</{tag}>" if tag else text
