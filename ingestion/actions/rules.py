"""How files of a collection are read and cut.

Promises: rules are within bounds, recorded before they hold, and never changed under
an index that is being built. Will not: cut again what is there: new editions are cut by
the new sizes, and a build takes the rest there beside what is searched.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import CollectionRulesSet
from ingestion.chunking import USUAL_LEAST
from ingestion.errors import BuildUnderWay, CollectionNotFound, RulesInvalid
from ingestion.models import BuildState, Collection
from ingestion.queries import CollectionView, ReadingRules
from ingestion.queries.corpus import collection_view, rules_of
from ingestion.types import CHUNK_MIN_TOKENS, CHUNK_TOKENS, TrackedChanges


@transaction.atomic
def set_reading_rules(
    collection_id: UUID, *, rules: ReadingRules, by: Actor, at: datetime
) -> CollectionView:
    """Read and cut by these rules from here on; the same rules again record nothing.

    Raises `CollectionNotFound`, `RulesInvalid`, and `BuildUnderWay` while an index is
    built: half of it would be cut by other sizes.
    """
    check_rules(rules)
    rows = Collection.objects.select_for_update(no_key=True)
    row = rows.filter(pk=collection_id).first()
    if row is None:
        raise CollectionNotFound
    if rules_of(row) == rules:
        return collection_view(row)
    if row.builds.filter(state=BuildState.BUILDING).exists():
        raise BuildUnderWay
    rows.filter(pk=collection_id).update(
        chunk_tokens=rules.chunk_tokens,
        chunk_min_tokens=rules.chunk_min_tokens,
        tracked_changes=rules.tracked_changes,
    )
    row.refresh_from_db()
    ledger.append(_rules_set(row), by=by, at=at)
    return collection_view(row)


def check_rules(rules: ReadingRules) -> None:
    """Raises `RulesInvalid`."""
    most, least = rules.chunk_tokens, rules.chunk_min_tokens
    if most is not None and not CHUNK_TOKENS[0] <= most <= CHUNK_TOKENS[1]:
        raise RulesInvalid
    if least is not None and not CHUNK_MIN_TOKENS[0] <= least <= CHUNK_MIN_TOKENS[1]:
        raise RulesInvalid
    if most is not None and 2 * (USUAL_LEAST if least is None else least) > most:
        raise RulesInvalid
    if rules.tracked_changes not in list(TrackedChanges):
        raise RulesInvalid


def _rules_set(row: Collection) -> CollectionRulesSet:
    return CollectionRulesSet(
        collection_id=str(row.id),
        slug=row.slug,
        chunk_tokens=row.chunk_tokens,
        chunk_min_tokens=row.chunk_min_tokens,
        tracked_changes=row.tracked_changes,
    )
