"""The last members of a package, and the manifest that seals them all.

Promises that whoever opens the package finds in it what he needs to check it and to
understand it, except a key to trust: that comes from elsewhere.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from audit import shards
from audit.errors import ExportTooLarge
from audit.exports import instructions, pdf, summary
from audit.exports.archive import NAMES
from audit.exports.lists import ENTRY_COLUMNS, csv_line
from audit.exports.packing import MEMBERS, TABLE, Packer
from audit.exports.proving import Bound
from audit.exports.records import ExportView
from audit.exports.scopes import read
from audit.exports.selecting import about_the_log
from audit.offline.bundle import zipapp_bytes
from audit.offline.package import MAX_MANIFEST

FORMAT: Final = "clinrag.package/1"
MANIFEST: Final = "manifest.json"


def close(
    packer: Packer,
    view: ExportView,
    *,
    vkey: str | None,
    policy: str | None,
    at: datetime,
) -> str:
    """Add everything that is not an entry; the SHA-256 of the manifest, in hex."""
    archive, scope = packer.archive, read(view.kind, view.scope)
    for one in about_the_log(scope, end=packer.prover.end):
        packer.pack([one])
    checkpoints, timestamps = _add_vouchers(packer)
    archive.add("keys.json", _json(_keys(vkey)))
    if policy is not None:
        archive.add("witness-policy.txt", policy.encode())
    _add_table(packer)
    sections = summary.sections(view, packer.facts, packer.prover.bounds, at=at)
    archive.add("summary.html", summary.html(sections).encode())
    archive.add("summary.pdf", pdf.render(sections))
    archive.add("README.md", instructions.text(packer.origin, view).encode())
    archive.add("verifier.pyz", zipapp_bytes())
    head = {
        "format": FORMAT,
        "about": _about(packer, view, at=at),
        "checkpoints": checkpoints,
        "timestamps": timestamps,
    }
    path = archive.folder / MANIFEST
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_manifest(packer, head))
    if path.stat().st_size > MAX_MANIFEST:
        raise ExportTooLarge
    return archive.add_file(MANIFEST, path, is_listed=False)


def _manifest(packer: Packer, head: dict[str, Any]) -> Iterator[str]:
    """The manifest in pieces: its two long lists are longer than memory should be."""
    yield json.dumps(head, indent=1, sort_keys=True).removesuffix("\n}")
    yield ',\n "entries": [\n  '
    yield from _joined(packer.archive.spooled(MEMBERS))
    yield '\n ],\n "files": {\n  '
    listed = (line.partition(" ") for line in packer.archive.spooled(NAMES))
    yield from _joined(
        f"{json.dumps(name)}: {json.dumps(digest)}" for digest, _, name in listed
    )
    yield "\n }\n}\n"


def _joined(parts: Iterator[str]) -> Iterator[str]:
    for number, part in enumerate(parts):
        yield f"{',' if number else ''}{chr(10) + '  ' if number else ''}{part}"


def _add_table(packer: Packer) -> None:
    archive = packer.archive
    table, path = archive.path(TABLE), archive.folder / "entries.csv"
    with table.open("rb") as rows, path.open("wb") as file:
        file.write(csv_line(ENTRY_COLUMNS).encode())
        for row in rows:
            file.write(row)
    archive.add_file("entries.csv", path)


def _add_vouchers(packer: Packer) -> tuple[list[str], list[dict[str, str]]]:
    checkpoints: list[str] = []
    timestamps: list[dict[str, str]] = []
    anchors: list[dict[str, object]] = []
    for bound in packer.prover.bounds.values():
        name = f"checkpoints/{bound.name}.note"
        packer.archive.add(name, bound.cosigned.encode())
        checkpoints.append(name)
        timestamps += _add_timestamps(packer, bound)
        anchors += [
            {
                "shard": one.shard,
                "size": one.size,
                "place": one.place,
                "locator": one.locator,
                "at": one.at.isoformat(),
            }
            for one in bound.vouching.anchors
        ]
    packer.archive.add("anchors.json", _json(anchors))
    return checkpoints, timestamps


def _add_timestamps(packer: Packer, bound: Bound) -> Iterator[dict[str, str]]:
    if not bound.vouching.timestamps:
        return
    # What an authority signed is the note before any witness added a line.
    over = f"timestamps/{bound.name}.signed"
    packer.archive.add(over, bound.note.encode())
    for number, one in enumerate(bound.vouching.timestamps):
        token = f"timestamps/{bound.name}-{number}.tsr"
        packer.archive.add(token, one.token)
        yield {"token": token, "over": over, "authority": one.authority}


def _keys(vkey: str | None) -> dict[str, Any]:
    return {
        "note": "As this deployment names them: trust a key from elsewhere.",
        "vkey": vkey,
        "shards": [
            {
                "shard": one.number,
                "origin": one.origin,
                "first_key": one.vkey,
                "hash": one.hash,
                "first_index": one.first_index,
                "opened_by_entry": None if one.entry_id is None else str(one.entry_id),
            }
            for one in shards.shards()
        ],
    }


def _about(packer: Packer, view: ExportView, *, at: datetime) -> dict[str, Any]:
    agreed = view.authorization
    approved = agreed.decided_by
    return {
        "export_id": str(view.id),
        "kind": view.kind.value,
        "scope": dict(view.scope),
        "content": view.content.value,
        "origin": packer.origin,
        "requested_by": {"id": view.requested_by, "name": view.requested_by_name},
        "approved_by": None
        if approved is None
        else {"id": approved.id, "name": approved.name},
        "authorization_id": str(agreed.id),
        "requested_at": view.requested_at.isoformat(),
        "made_at": at.isoformat(),
        "before_index": packer.prover.end,
        "entries": packer.facts.entries,
        "unproved": packer.facts.unproved,
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()
