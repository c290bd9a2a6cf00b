"""One factory function for each table of watched sources."""

from itertools import count
from typing import Any

from ingestion.models import (
    OwnerTask,
    Source,
    SourceCheck,
    SourceItem,
    SourceKind,
    SourceRefusal,
    TaskKind,
)
from tests.factories.ingestion import T0, make_collection, make_document_version
from tests.factories.people import AUTHOR

_numbers = count(1)


def make_source(**fields: Any) -> Source:
    number = next(_numbers)
    values = {
        "kind": SourceKind.FOLDER,
        "name": f"Source {number}",
        "address": f"/srv/guidelines/{number}",
        "owner_id": AUTHOR.id,
        "every_seconds": 3600,
        "added_at": T0,
        "added_by": AUTHOR.id,
        "next_check_at": T0,
    }
    if "collection" not in fields:
        values["collection"] = make_collection()
    return Source.objects.create(**(values | fields))


def make_source_item(source: Source | None = None, **fields: Any) -> SourceItem:
    version = make_document_version()
    values = {
        "name": f"guideline-{next(_numbers)}.md",
        "fingerprint": "1:1",
        "content_sha256": version.content_sha256,
        "document": version.document,
        "version": version,
        "found_at": T0,
        "changed_at": T0,
    }
    return SourceItem.objects.create(
        source=source or make_source(), **(values | fields)
    )


def make_source_check(source: Source | None = None, **fields: Any) -> SourceCheck:
    values = {"started_at": T0, "finished_at": T0, "outcome": "unchanged"}
    return SourceCheck.objects.create(
        source=source or make_source(), **(values | fields)
    )


def make_source_refusal(source: Source | None = None, **fields: Any) -> SourceRefusal:
    values = {
        "name": "a.docx",
        "fingerprint": "1:1",
        "code": "file_corrupt",
        "refused_at": T0,
    }
    return SourceRefusal.objects.create(
        source=source or make_source(), **(values | fields)
    )


def make_owner_task(source: Source | None = None, **fields: Any) -> OwnerTask:
    values = {"kind": TaskKind.FAILING, "owner_id": AUTHOR.id, "opened_at": T0}
    return OwnerTask.objects.create(source=source or make_source(), **(values | fields))
