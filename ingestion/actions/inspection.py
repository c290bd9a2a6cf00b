"""Looking through a document that was read, before it is cut.

Promises: a document with identifiers of patients stops for a person's decision, in
one transaction with the end of the stage; one that a person released with these very
findings goes on. Will not: change the text, or keep what was found.
"""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from ingestion.actions.holds import hold_version
from ingestion.actions.leases import Lease, finish
from ingestion.actions.rows import WORKER, lock_version
from ingestion.actions.services import screener
from ingestion.languages import language_of
from ingestion.lifecycle import Status
from ingestion.screening import Screened
from ingestion.types import ParsedDocument, ParseWarning

IDENTIFIERS_FOUND: Final = "identifiers_found"


def inspected(
    document: ParsedDocument, *, language: str
) -> tuple[ParsedDocument, Screened]:
    """The document with its language and what its reviewers are warned of; and why.

    `language` is the one that it is searched by.
    """
    found = screener()(document)
    written = language_of("\n".join(block.text for block in document.blocks))
    told = (*found.warnings, *_of_language(written, language))
    new = tuple(warning for warning in told if warning not in document.warnings)
    warned = replace(document, warnings=document.warnings + new, language=written)
    return warned, found


def _of_language(written: str | None, searched: str) -> Iterator[ParseWarning]:
    if written is not None and written != searched.split("-", maxsplit=1)[0].lower():
        message = f"Written in another language ({written}) than searched ({searched})."
        yield ParseWarning("language_differs", message)


def is_held(
    version_id: UUID,
    *,
    document: ParsedDocument,
    found: Screened,
    lease: Lease,
    at: datetime,
) -> bool:
    """Hold the version if it must be; the lease is ended when it is.

    Raises `VersionNotFound`, `InvalidTransition` and `LeaseLost`.
    """
    if not found.identifiers:
        return False
    with transaction.atomic():
        version = lock_version(version_id)
        if version.status != Status.PARSED:
            return False
        version.warnings = [asdict(warning) for warning in document.warnings]
        version.save(update_fields=["warnings"])
        view = hold_version(
            version_id,
            code=IDENTIFIERS_FOUND,
            findings=dict(found.identifiers),
            by=WORKER,
            at=at,
        )
        if view.status != Status.HELD:
            return False
        finish(lease)
    return True
