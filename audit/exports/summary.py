"""What a package holds, for people: a few pages, whatever its size.

Promises the same words as HTML and as PDF, without sealed content, and that long lists
are left to the files made for programs. The HTML loads nothing and runs nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from audit.exports.facts import Facts
from audit.exports.proving import Bound
from audit.exports.records import ExportView
from audit.exports.scopes import Content

CLAIM: Final = (
    "Each entry in this package is proved to be in a log that was signed. That what an"
    " entry says is true, and that an entry exists for all that happened, no signature"
    " can prove. This summary is for reading; what counts are the files it is about."
)
CONTENTS: Final = {
    Content.NONE: "Sealed content was not asked for and is not in this package.",
    Content.CIPHERTEXT: "Sealed content is in this package as ciphertext only.",
    Content.MASKED: (
        "Sealed content is in this package with identifiers masked by rules. Rules miss"
        " what has no pattern, and masked text cannot be checked against the ledger."
    ),
    Content.DISCLOSED: (
        "Sealed content is in this package in the clear. Each reading was recorded"
        " before the content was opened, in the name of who asked for the package."
    ),
}
_STYLE: Final = (
    "body{font:15px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#111;background:#fff}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #bbb;padding:.25rem .5rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}h2{margin-top:2rem}"
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with paragraphs and one table; the first row may be its header."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def sections(
    view: ExportView, facts: Facts, bounds: Mapping[int, Bound], *, at: datetime
) -> list[Section]:
    """The whole summary; the first heading is its title."""
    found = [
        Section("Evidence package", (CLAIM, CONTENTS[view.content])),
        Section("What was asked for, and by whom", rows=_request(view, at)),
        Section("What is in it", rows=_figures(facts)),
        Section(
            "Checkpoints that prove it",
            header=("Shard", "Size", "Root (SHA-256)", "Vouched for by"),
            rows=tuple(map(_bound, bounds.values())),
        ),
        Section(
            "Entries by type", header=("Type", "Entries"), rows=_counts(facts.types)
        ),
    ]
    if facts.answers:
        found.append(_answers(facts))
    found.append(
        Section("Who acted", header=("Actor", "Entries"), rows=_counts(facts.actors))
    )
    return found


def html(sections: Sequence[Section]) -> str:
    """One page that stands alone."""
    title = escape(sections[0].heading)
    body = "".join(
        _html_section(one, 2 if at else 1) for at, one in enumerate(sections)
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        ' style-src \'unsafe-inline\'"><meta name="viewport"'
        ' content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def _html_section(section: Section, level: int) -> str:
    parts = [f"<h{level}>{escape(section.heading)}</h{level}>"]
    parts += [f"<p>{escape(text)}</p>" for text in section.paragraphs]
    if section.rows:
        head = "".join(f'<th scope="col">{escape(c)}</th>' for c in section.header)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in section.rows
        )
        top = f"<thead><tr>{head}</tr></thead>" if head else ""
        parts.append(f"<table>{top}<tbody>{rows}</tbody></table>")
    return f"<section>{''.join(parts)}</section>\n"


def _request(view: ExportView, at: datetime) -> tuple[tuple[str, str], ...]:
    agreed = view.authorization
    approved = agreed.decided_by
    return (
        ("Kind", view.kind.value),
        *((name, word) for name, word in view.scope.items()),
        ("Requested by", f"{view.requested_by_name} ({view.requested_by})"),
        ("Requested at", _moment(view.requested_at)),
        ("Agreed to by", f"{approved.name} ({approved.id})" if approved else "nobody"),
        ("Agreed to at", _moment(agreed.decided_at) if agreed.decided_at else ""),
        ("Made at", _moment(at)),
        ("Package", str(view.id)),
    )


def _figures(facts: Facts) -> tuple[tuple[str, str], ...]:
    found = [
        ("Entries", str(facts.entries)),
        ("First entry", facts.first_at),
        ("Last entry", facts.last_at),
    ]
    found += [
        (f"Sealed content: {name}", str(count))
        for name, count in facts.contents.items()
    ]
    if facts.unproved:
        found.append(("Left out: under no signed checkpoint", str(facts.unproved)))
    return tuple(found)


def _bound(bound: Bound) -> tuple[str, ...]:
    vouched = [
        *(f"witness {one.witness}" for one in bound.vouching.cosignatures),
        *(
            f"time-stamp {one.authority}, {_moment(one.gen_time)}"
            for one in bound.vouching.timestamps
        ),
        *(f"anchor {one.place}" for one in bound.vouching.anchors),
    ]
    return (
        str(bound.shard),
        str(bound.size),
        bound.root.hex(),
        "; ".join(vouched) or "the log's own key only",
    )


def _answers(facts: Facts) -> Section:
    total = facts.outcomes.total()
    told = ", ".join(f"{count} {name}" for name, count in facts.outcomes.most_common())
    texts = [f"{total} in all: {told}."]
    if total > len(facts.answers):
        texts.append(
            f"The first {len(facts.answers)} are listed; entries.csv has all of them."
        )
    return Section(
        "Answers",
        tuple(texts),
        ("Answer", "Asked at", "Outcome", "Model", "Editions used"),
        tuple(tuple(row) for row in facts.answers),
    )


def _counts(counted: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((name, str(count)) for name, count in ordered)


def _moment(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")
