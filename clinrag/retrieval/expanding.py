"""Writing a question's abbreviations out, where the text in force settles which.

Promises: the search gets the words besides the abbreviation, never instead of it; one
with several meanings gets that of which the passages in force speak, if they speak of
exactly one. Only English has a dictionary. Writes nothing.
"""

from collections.abc import Mapping

from clinrag.retrieval.abbreviations import (
    Expanded,
    ambiguous,
    default_glossary,
    expand,
)
from clinrag.retrieval.routing import where
from clinrag.retrieval.statements import bounded_transaction, fetch
from clinrag.retrieval.types import RetrievalQuery


def written_out(query: RetrievalQuery) -> Expanded:
    """The question as it is searched; raises SearchTimedOut."""
    if query.language.partition("-")[0] != "en":
        return Expanded(query.text, ())
    glossary = default_glossary()
    open_ones = ambiguous(query.text, glossary=glossary)
    chosen = _chosen_by_corpus(query, open_ones) if open_ones else {}
    return expand(query.text, glossary=glossary, chosen=chosen)


def _chosen_by_corpus(
    query: RetrievalQuery, open_ones: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """Choose a meaning where the passages in force speak of one and of no other."""
    pairs = [(short, long) for short, longs in open_ones.items() for long in longs]
    with bounded_transaction():
        rows = fetch(
            "meanings", where(query) | {"meanings": [long for _, long in pairs]}
        )
    spoken_of: dict[str, list[str]] = {short: [] for short in open_ones}
    for (short, long), row in zip(pairs, rows, strict=True):
        if row["passages"]:
            spoken_of[short].append(long)
    return {short: longs[0] for short, longs in spoken_of.items() if len(longs) == 1}
