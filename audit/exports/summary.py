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
from audit.exports.wording import (
    ANSWERERS,
    CONTENTS,
    KINDS,
    OUTCOMES,
    SCOPES,
    in_words,
    is_whole,
    moment,
    type_words,
)

CLAIM: Final = (
    "Each entry in this package is proved to be in a log that was signed. That what an"
    " entry says is true, and that an entry exists for all that happened, no signature"
    " can prove. This summary is for reading; what counts are the files it is about."
)
CONTENT_TOLD: Final = {
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
_NARROW: Final = (0.3, 0.7)
_STYLE: Final = (
    "body{font:15px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#111;background:#fff}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #bbb;padding:.25rem .5rem;text-align:left;"
    "vertical-align:baseline;overflow-wrap:break-word}h2{margin-top:2rem}.wide{overflow-x:auto}"
    ".whole{white-space:nowrap;font:12px monospace}"
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with paragraphs and one table; the first row may be its header.

    `widths` are the columns' shares of a printed line, equal if there are none.
    """

    heading: str
    paragraphs: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    widths: tuple[float, ...] = ()


def sections(
    view: ExportView, facts: Facts, bounds: Mapping[int, Bound], *, at: datetime
) -> list[Section]:
    """The whole summary; the first heading is its title."""
    found = [
        Section("Evidence package", (CLAIM, CONTENT_TOLD[view.content])),
        Section(
            "What was asked for, and by whom", rows=_request(view, at), widths=_NARROW
        ),
        Section("What is in it", rows=_figures(facts)),
        Section(
            "Checkpoints that prove it",
            header=("Shard", "Size", "Root (SHA-256)", "Vouched for by"),
            rows=tuple(map(_bound, bounds.values())),
            widths=(0.09, 0.09, 0.54, 0.28),
        ),
        Section(
            "What the entries record",
            header=("What happened", "Type", "Entries"),
            rows=_types(facts.types),
            widths=(0.5, 0.35, 0.15),
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
            f"<tr>{''.join(map(_html_cell, row))}</tr>" for row in section.rows
        )
        top = f"<thead><tr>{head}</tr></thead>" if head else ""
        table = f"<table>{top}<tbody>{rows}</tbody></table>"
        parts.append(f'<div class="wide">{table}</div>')
    return f"<section>{''.join(parts)}</section>\n"


def _html_cell(text: str) -> str:
    kind = ' class="whole"' if is_whole(text) else ""
    return f"<td{kind}>{escape(text)}</td>"


def _request(view: ExportView, at: datetime) -> tuple[tuple[str, str], ...]:
    agreed = view.authorization
    approved = agreed.decided_by
    return (
        ("About", in_words(KINDS, view.kind.value)),
        *(_scope_word(name, word) for name, word in view.scope.items()),
        ("Requested by", f"{view.requested_by_name} ({view.requested_by})"),
        ("Requested at", moment(view.requested_at)),
        ("Agreed to by", f"{approved.name} ({approved.id})" if approved else "nobody"),
        ("Agreed to at", moment(agreed.decided_at) if agreed.decided_at else ""),
        ("Made at", moment(at)),
        ("Package", str(view.id)),
    )


def _scope_word(name: str, word: str) -> tuple[str, str]:
    is_time = name in {"since", "until"}
    return in_words(SCOPES, name), moment(word) if is_time else word


def _figures(facts: Facts) -> tuple[tuple[str, str], ...]:
    found = [
        ("Entries", str(facts.entries)),
        ("First entry", moment(facts.first_at)),
        ("Last entry", moment(facts.last_at)),
    ]
    found += [
        (in_words(CONTENTS, name), str(count)) for name, count in facts.contents.items()
    ]
    if facts.unproved:
        found.append(("Left out: under no signed checkpoint", str(facts.unproved)))
    return tuple(found)


def _bound(bound: Bound) -> tuple[str, ...]:
    vouched = [
        *(f"witness {one.witness}" for one in bound.vouching.cosignatures),
        *(
            f"time-stamp {one.authority}, {moment(one.gen_time)}"
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
    told = ", ".join(
        f"{count} {in_words(OUTCOMES, code)}"
        for code, count in facts.outcomes.most_common()
    )
    texts = [f"{total} in all: {told}."]
    if total > len(facts.answers):
        texts.append(
            f"The first {len(facts.answers)} are listed; entries.csv has all of them."
        )
    return Section(
        "Answers",
        tuple(texts),
        ("Answer", "Asked at", "Outcome", "Model", "Editions used"),
        tuple(map(_answer, facts.answers)),
        widths=(0.38, 0.19, 0.16, 0.15, 0.12),
    )


def _answer(row: Sequence[str]) -> tuple[str, ...]:
    answer_id, asked_at, outcome, model, editions = row
    return (
        answer_id,
        moment(asked_at),
        in_words(OUTCOMES, outcome),
        ANSWERERS.get(model, model),
        editions,
    )


def _types(counted: Mapping[str, int]) -> tuple[tuple[str, str, str], ...]:
    return tuple((type_words(code), code, count) for code, count in _counts(counted))


def _counts(counted: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((name, str(count)) for name, count in ordered)
