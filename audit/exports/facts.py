"""What is counted while a package is packed, small enough to be kept with its row.

Promises a size that does not grow with the number of entries.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, Self

from audit.exports.answers import AnswerRecord
from audit.queries import EntryView

MOST_NAMED: Final = 40
OTHERS: Final = "others"


@dataclass(slots=True)
class Facts:
    """Counts over the packed entries, and the first answers by name.

    `unproved` entries are in the log and under no checkpoint, so they are not packed;
    `erased` ones are packed without their content, whose key was destroyed.
    """

    types: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    actors: Counter[str] = field(default_factory=Counter)
    contents: Counter[str] = field(default_factory=Counter)
    answers: list[list[str]] = field(default_factory=list)
    first_at: str = ""
    last_at: str = ""
    unproved: int = 0

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Self:
        """What `kept` wrote."""
        found = cls(**kept)
        for name in ("types", "outcomes", "actors", "contents"):
            setattr(found, name, Counter(kept.get(name, {})))
        return found

    def kept(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "types": dict(self.types),
            "outcomes": dict(self.outcomes),
            "actors": dict(self.actors),
            "contents": dict(self.contents),
            "answers": self.answers,
            "first_at": self.first_at,
            "last_at": self.last_at,
            "unproved": self.unproved,
        }

    def count(self, entry: EntryView) -> None:
        at = entry.at.isoformat()
        self.types[entry.type] += 1
        self.first_at = min(self.first_at or at, at)
        self.last_at = max(self.last_at, at)
        who = f"{entry.actor.name} ({entry.actor.id})"
        known = who in self.actors or len(self.actors) < MOST_NAMED
        self.actors[who if known else OTHERS] += 1

    def count_answer(self, answer: AnswerRecord) -> None:
        self.outcomes[answer.outcome] += 1
        if len(self.answers) < MOST_NAMED:
            self.answers.append(
                [
                    answer.answer_id,
                    answer.asked_at.isoformat(timespec="seconds"),
                    answer.outcome,
                    answer.model,
                    str(len(answer.versions)),
                ]
            )

    @property
    def entries(self) -> int:
        return self.types.total()
