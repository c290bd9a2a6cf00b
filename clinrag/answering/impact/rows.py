"""The lines of an impact list, with what each answer's text is worth.

Promises: the same standings as `standing`, said for many answers in two statements; a
reader remembers what it learned of passages, so that a long list asks once for each
passage and not once for each answer. Holds for one moment and one target.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from clinrag.answering.impact.standing import OF_FOOTING
from clinrag.answering.impact.types import Target, TouchedAnswer
from clinrag.answering.reach import AnswerStanding, Use
from ingestion.queries.footing import footing

ID_LENGTH: Final = 36
_WORST: Final = tuple(AnswerStanding)
# A passage leaves as text: nobody looks into most of these ids, and there are millions.
_ROWS: Final = """
WITH recalled AS MATERIALIZED (
    SELECT kind, version_id, chunk_ids,
        CASE reach WHEN 'cited' THEN 1 WHEN 'in_prompt' THEN 2 ELSE 3 END AS weakest
    FROM answering_recall
    WHERE opened_at <= %(at)s AND (closed_at IS NULL OR closed_at > %(at)s)
), used AS (
    SELECT answer_id, min(asker_id) AS asker_id,
        count(*) FILTER (WHERE use = 1 AND {mine}) AS cited,
        count(*) FILTER (WHERE use = 2 AND {mine}) AS in_prompt,
        count(*) FILTER (WHERE use = 3 AND {mine}) AS cut,
        bool_or(EXISTS (
            SELECT FROM recalled WHERE reference.use <= recalled.weakest AND (
                (recalled.kind = 'version'
                    AND recalled.version_id = reference.version_id)
                OR reference.chunk_id = ANY(recalled.chunk_ids))
        )) AS is_recalled,
        array_agg(version_id::text || chunk_id::text) FILTER (WHERE use < 3) AS places
    FROM answering_answerreference AS reference
    WHERE answer_id = ANY(%(answers)s::uuid[])
    GROUP BY answer_id
)
SELECT used.answer_id, answer.created_at, cited, in_prompt, cut, asker.app, asker.unit,
    asker.actor_id, answer.actor_name, answer.outcome, is_recalled, places
FROM used
JOIN answering_answer AS answer ON answer.id = used.answer_id
JOIN answering_asker AS asker ON asker.id = used.asker_id
ORDER BY answer.created_at DESC, used.answer_id DESC
"""
_OF_VERSION: Final = _ROWS.format(mine="version_id = %(version)s")
_OF_CHUNKS: Final = _ROWS.format(mine="chunk_id = ANY(%(chunks)s::uuid[])")


class RowReader:
    """Reads the lines of some answers at a time."""

    def __init__(self, target: Target, *, at: datetime) -> None:
        self.target = target
        self._at = at
        self._grounds: dict[str, AnswerStanding] = {}

    def read(self, answer_ids: Sequence[UUID]) -> Iterator[TouchedAnswer]:
        """Newest first."""
        rows = self._rows(answer_ids) if answer_ids else []
        self._learn({place for row in rows for place in row[-1] or ()})
        return map(self._touched, rows)

    def _rows(self, answer_ids: Sequence[UUID]) -> list[tuple[Any, ...]]:
        given: dict[str, Any] = {
            "at": self._at,
            "answers": list(answer_ids),
            "version": self.target.version_id,
            "chunks": list(self.target.chunk_ids),
        }
        whole = self.target.is_whole_version
        with connection.cursor() as cursor:
            cursor.execute(_OF_VERSION if whole else _OF_CHUNKS, given)
            return list(cursor.fetchall())

    def _learn(self, places: Iterable[str]) -> None:
        new = [place for place in places if place not in self._grounds]
        if not new:
            return
        asked = [(UUID(one[:ID_LENGTH]), UUID(one[ID_LENGTH:])) for one in new]
        for (version_id, chunk_id), found in footing(asked, at=self._at).items():
            self._grounds[f"{version_id}{chunk_id}"] = OF_FOOTING[found]

    def _touched(self, row: tuple[Any, ...]) -> TouchedAnswer:
        answer_id, asked_at, cited, in_prompt, cut = row[:5]
        app, unit, actor_id, actor_name, outcome, is_recalled, places = row[5:]
        return TouchedAnswer(
            answer_id=answer_id,
            asked_at=asked_at,
            use=Use.CITED if cited else Use.IN_PROMPT if in_prompt else Use.CUT,
            cited=cited,
            in_prompt=in_prompt,
            cut=cut,
            app=app,
            unit=unit,
            actor_id=actor_id,
            actor_name=actor_name,
            outcome=outcome,
            standing=AnswerStanding.UNDER_RECALL
            if is_recalled
            else self._standing(places),
        )

    def _standing(self, places: Iterable[str] | None) -> AnswerStanding:
        found = {self._grounds[place] for place in places or ()}
        return next((one for one in _WORST if one in found), AnswerStanding.CURRENT)
