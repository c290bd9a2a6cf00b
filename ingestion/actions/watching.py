"""Looking at a source, and making of what is found drafts and questions.

Promises: the same bytes again make nothing; a file that was moved is known by its
content; a change becomes an edition nobody approved yet, whose author is the source;
what is gone is asked about and nothing else, and only after a whole look; a file that
is no document is read again once it has changed. Each thing found is one transaction
under the look's fencing token, so a look that is killed is gone on with by the next.
Will not: read a text, or trust a server about what it sends.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

from django.db import transaction

from audit.errors import AuditError
from ingestion.actions.owner_tasks import (
    ask_about_draft,
    ask_about_missing,
    settle,
)
from ingestion.actions.receipt import receive_version
from ingestion.actions.registration import register_document
from ingestion.actions.services import source_rules
from ingestion.actions.sightings import documents_among, gone_of, known_of
from ingestion.actions.turns import Tally, Turn, end_turn, take_turn, writing
from ingestion.errors import (
    DescriptionInvalid,
    DuplicateContent,
    IngestionError,
    LeaseLost,
    ParsingError,
)
from ingestion.models import (
    DocumentVersion,
    SourceCheck,
    SourceItem,
    SourceKind,
    SourceRefusal,
    TaskKind,
)
from ingestion.queries.sources import CheckView, check_view
from ingestion.sniffing import sniff
from ingestion.sources import Content, Glimpse, Watched, open_source
from ingestion.sources.errors import (
    LookBroke,
    SourceAnswersOddly,
    SourceError,
)

# So many files are read in one look; the next, which is due at once, goes on.
MOST_READ: Final = 200
TITLE_LENGTH: Final = 500
_READ_ANEW: Final = (
    "fingerprint", "content_sha256", "document", "version", "changed_at"
)  # fmt: skip
Onward = Callable[[UUID], None]


@dataclass(slots=True)
class _Look:
    """A look while it is going on."""

    turn: Turn
    watched: Watched
    items: Mapping[str, SourceItem]
    refusals: Mapping[str, SourceRefusal]
    onward: Onward
    tally: Tally = field(default_factory=Tally)
    gone: dict[str, SourceItem] = field(default_factory=dict)  # by content
    unread: list[Glimpse] = field(default_factory=list)
    read: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """A file that was read; `item` is what was known by its name.

    A document that it makes is given to `owner_id`.
    """

    name: str
    item: SourceItem | None
    content: Content
    sha256: str
    owner_id: str = ""


def check_source(source_id: UUID, *, at: datetime, onward: Onward) -> CheckView | None:
    """Look at a source if that is due and nobody else does; None if not.

    `onward` is called, in the transaction that made it, with each new version. Raises
    `LeaseLost` when another look has begun since; any other fault that is not the
    source's is raised once the look is on record as failed, and its lease given back.
    """
    turn = take_turn(source_id, at=at)
    if turn is None:
        return None
    tally = Tally()
    try:
        return check_view(_look(turn, tally, onward))
    except LeaseLost:
        raise
    except Exception as error:
        ended = end_turn(turn, tally, code=_code_of(error), is_failure=True)
        if not isinstance(error, SourceError):
            raise
        return check_view(ended)


def _code_of(error: Exception) -> str:
    if isinstance(error, IngestionError | AuditError):
        return error.code
    return LookBroke.code


def _look(turn: Turn, tally: Tally, onward: Onward) -> SourceCheck:
    source = turn.source
    watched = open_source(source.kind, source.address, rules=source_rules())
    # Of their documents and versions one at a time: there may be very many.
    items = {row.name: row for row in SourceItem.objects.filter(source=source)}
    refused = SourceRefusal.objects.filter(source=source)
    refusals = {row.name: row for row in refused}
    known = known_of(items, refusals)
    glimpses = documents_among(watched.look(known, at=turn.at), kind=source.kind)
    look = _Look(turn, watched, items, refusals, onward, tally)
    gone = gone_of(items, glimpses)
    look.gone = {row.content_sha256: row for row in gone}
    tally.seen = len(glimpses)
    for glimpse in glimpses:
        _attend(look, glimpse)
    _ask_about(look, gone)
    # It comes to an end: what each file held that was read is known from now on, as an
    # item or as refused, so that the next look reads others.
    is_cut = look.read >= MOST_READ
    return end_turn(turn, tally, code=look.code, is_failure=False, is_unfinished=is_cut)


def _attend(look: _Look, glimpse: Glimpse) -> None:
    item = look.items.get(glimpse.name)
    if item is not None and item.fingerprint == glimpse.fingerprint:
        _stands(look, item)
    elif _is_refused(look, glimpse):
        _pass_over(look, look.refusals[glimpse.name].code)
    elif glimpse.unsettled or look.read >= MOST_READ:
        look.unread.append(glimpse)
    else:
        _read(look, glimpse, item)


def _stands(look: _Look, item: SourceItem) -> None:
    """It is there as it was known."""
    refusal = look.refusals.get(item.name)
    if item.missing_since is None and (refusal is None or not refusal.fingerprint):
        return
    with writing(look.turn):
        _forget_refusal(look, item.name)
        if item.missing_since is not None:
            _returned(look, item)


def _is_refused(look: _Look, glimpse: Glimpse) -> bool:
    known = look.refusals.get(glimpse.name)
    return known is not None and known.fingerprint == glimpse.fingerprint


def _read(look: _Look, glimpse: Glimpse, item: SourceItem | None) -> None:
    try:
        content = look.watched.read(glimpse)
    except SourceError as error:
        _refuse(look, glimpse, error)
        return
    look.read += 1
    found = _Found(glimpse.name, item, content, _sha256(content))
    try:
        with writing(look.turn) as source:
            now = replace(found, item=item and _anew(item), owner_id=source.owner_id)
            _record(look, now)
            _forget_refusal(look, found.name)
    except (ParsingError, SourceAnswersOddly, DescriptionInvalid) as error:
        _remember_refusal(look, found, error)
        _refuse(look, glimpse, error)


def _anew(item: SourceItem) -> SourceItem:
    """As it is now: while the look went on, a person may have placed its file."""
    return SourceItem.objects.select_related("document", "version").get(pk=item.pk)


def _sha256(content: Content) -> str:
    return hashlib.sha256(content.data).hexdigest()


def _check_kind(found: _Found) -> None:
    """A page that says "please sign in" is no new edition of a PDF."""
    media_type = sniff(found.content.data, filename=found.name)
    if found.item is not None and media_type != found.item.version.media_type:
        raise SourceAnswersOddly


def _remember_refusal(look: _Look, found: _Found, error: IngestionError) -> None:
    """So that it is not read again while it is the same."""
    with writing(look.turn):
        SourceRefusal.objects.update_or_create(
            source=look.turn.source,
            name=found.name,
            defaults={
                "fingerprint": found.content.fingerprint,
                "code": error.code,
                "refused_at": look.turn.at,
            },
        )


def _forget_refusal(look: _Look, name: str) -> None:
    """What stands there now is a document; the row stays, and says nothing more."""
    rows = SourceRefusal.objects.filter(source=look.turn.source, name=name)
    rows.update(fingerprint="")


def _refuse(look: _Look, glimpse: Glimpse, error: IngestionError) -> None:
    """One file that cannot be read keeps nobody from the others."""
    if look.turn.source.kind == SourceKind.HTTP and isinstance(error, SourceError):
        raise error
    look.unread.append(glimpse)
    _pass_over(look, error.code)


def _pass_over(look: _Look, code: str) -> None:
    """An address holds one file: without that, the look at it failed."""
    if look.turn.source.kind == SourceKind.HTTP:
        raise SourceAnswersOddly
    look.tally.refused += 1
    look.code = code


def _record(look: _Look, found: _Found) -> None:
    if found.item is None or found.item.content_sha256 != found.sha256:
        _check_kind(found)
    moved = look.gone.pop(found.sha256, None) if found.item is None else None
    known = found.item or moved
    if known is not None and known.content_sha256 == found.sha256:
        _recognised(look, known, found)
        look.tally.moved += moved is not None
    else:
        _drafted(look, found)


def _recognised(look: _Look, item: SourceItem, found: _Found) -> None:
    """The same bytes, by another name or written anew."""
    item.name, item.fingerprint = found.name, found.content.fingerprint
    item.save(update_fields=["name", "fingerprint"])
    if item.missing_since is not None:
        _returned(look, item)


def _returned(look: _Look, item: SourceItem) -> None:
    turn = look.turn
    item.missing_since = None
    item.save(update_fields=["missing_since"])
    look.tally.returned += 1
    settle(
        kind=TaskKind.MISSING,
        source=turn.source,
        item=item,
        by=turn.actor,
        at=turn.at,
    )


def _drafted(look: _Look, found: _Found) -> None:
    turn = look.turn
    version, is_new = _received(turn, found)
    row = found.item or SourceItem(
        source=turn.source, name=found.name, found_at=turn.at
    )
    row.document_id, row.version = _kept_by(turn, found, version), version
    row.fingerprint, row.content_sha256 = found.content.fingerprint, found.sha256
    row.changed_at = turn.at
    # The role of the application may write these columns of a known row, no others.
    row.save(update_fields=_READ_ANEW if found.item else None)
    if row.missing_since is not None:
        _returned(look, row)
    if is_new:
        older = in_force_of(version, at=turn.at)
        ask_about_draft(row, version=version, older=older, by=turn.actor, at=turn.at)
        look.onward(version.pk)
        look.tally.drafted += 1


def _received(turn: Turn, found: _Found) -> tuple[DocumentVersion, bool]:
    """The version of these bytes, and whether they are new to the collection."""
    try:
        with transaction.atomic():
            view = receive_version(
                _home(turn, found),
                filename=found.name,
                data=found.content.data,
                label="",
                by=turn.actor,
                at=turn.at,
            )
            version_id, is_new = view.id, True
    except DuplicateContent as twin:
        version_id, is_new = twin.twin_id, False
    rows = DocumentVersion.objects.select_related("document__collection")
    return rows.get(pk=version_id), is_new


def _kept_by(turn: Turn, found: _Found, version: DocumentVersion) -> UUID:
    """What a source that is bound to a document brings stays with that.

    Also where another document has the same bytes: the next edition is not of that.
    """
    is_bound = turn.source.document_id is not None
    return _home(turn, found) if is_bound else version.document_id


def _home(turn: Turn, found: _Found) -> UUID:
    """The document that the file is an edition of; a new one for a new file."""
    if found.item is not None:
        return found.item.document_id
    if turn.source.document_id is not None:
        return turn.source.document_id
    stem = unicodedata.normalize("NFC", PurePosixPath(found.name).stem)
    made = register_document(
        turn.source.collection_id,
        title=stem.replace("_", " ").strip()[:TITLE_LENGTH] or turn.source.name,
        owner_id=found.owner_id,
        by=turn.actor,
        at=turn.at,
    )
    return made.id


def in_force_of(version: DocumentVersion, *, at: datetime) -> DocumentVersion | None:
    """The edition of its document that a new one is compared with."""
    begun = DocumentVersion.objects.filter(
        document_id=version.document_id, in_force_from__lte=at
    )
    return begun.exclude(in_force_to__lte=at).order_by("-in_force_from").first()


def _ask_about(look: _Look, gone: Sequence[SourceItem]) -> None:
    """Ask once about each that is gone and was not found under another name.

    One as long as something that was not read yet may turn out to be that.
    """
    lengths = {_length(one.fingerprint) for one in look.unread}
    turn = look.turn
    for item in gone:
        is_moved = item.content_sha256 not in look.gone
        if is_moved or item.missing_since or _length(item.fingerprint) in lengths:
            continue
        with writing(turn):
            lost = _anew(item)
            lost.missing_since = turn.at
            lost.save(update_fields=["missing_since"])
            ask_about_missing(lost, by=turn.actor, at=turn.at)
            look.tally.missing += 1


def _length(fingerprint: str) -> str:
    return fingerprint.partition(":")[0]
