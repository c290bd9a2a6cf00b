"""`evaluate_extraction FILE`: the built-in answerer's sentences, beside two baselines.

Floors were chosen with both halves of the questions in view; each is told apart. The
rows "of those answered" compare all three on the questions that the answerer did not
refuse.
"""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinrag.answering.evaluation.extraction import (
    Answer,
    Trial,
    chosen_by,
    first_sentences,
    read_questions,
    score,
    shown_rightly,
    top_chunk,
    trials,
)
from ingestion.embedding import get_embedder


class Command(BaseCommand):
    help = "Compare the built-in answerer with first sentences and the top passage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="questions.jsonl of K-QA")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            questions = read_questions(options["file"])
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        embed = get_embedder().embed_passages
        built_in = chosen_by(embed)
        asked = {
            can: trials(questions, embed=embed, answerable=can) for can in (True, False)
        }
        for is_fitted, half in ((True, "first half"), (False, "second half")):
            self.stdout.write(f"{half}: answers asked recall precision F1")
            can, cannot = (
                [one for one in asked[which] if one.asked.is_fitted is is_fitted]
                for which in (True, False)
            )
            self._compare("", can, built_in)
            self._compare(", of those answered", _answered(can, built_in), built_in)
            refused = len(cannot) - len(_answered(cannot, built_in))
            self.stdout.write(
                f"  without an answer: {refused} of {len(cannot)} refused"
            )

            self._all_shown(can, cannot, built_in)

    def _all_shown(
        self, can: list[Trial], cannot: list[Trial], built_in: Answer
    ) -> None:
        """What is shown where nobody knows beforehand whether there is an answer."""
        for name, answer in _answers(built_in):
            right, shown = shown_rightly(can, answer, answerable=True)
            _, astray = shown_rightly(cannot, answer, answerable=False)
            share = right / max(shown + astray, 1)
            self.stdout.write(
                f"  {name + ', all asked':38}{right:5} of {shown + astray:4} sentences"
                f" shown are right {share:.3f}"
            )

    def _compare(self, which: str, those: list[Trial], built_in: Answer) -> None:
        for name, answer in _answers(built_in):
            found = score(name, those, answer)
            self.stdout.write(
                f"  {name + which:38}{found.answered:4}{found.asked:4}"
                f"{found.recall:7.3f}{found.precision:7.3f}{found.f1:7.3f}"
            )


def _answers(built_in: Answer) -> tuple[tuple[str, Answer], ...]:
    return (
        ("built-in answerer", built_in),
        ("first sentences", first_sentences),
        ("top passage", top_chunk),
    )


def _answered(those: Iterable[Trial], answer: Answer) -> list[Trial]:
    return [one for one in those if answer(one.asked.text, one.passages)]
