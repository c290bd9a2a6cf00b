"""`evaluate_grounding`: how well the check of claims tells right from wrong."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from clinrag.answering.evaluation.labelled import (
    FITTED,
    HELD_OUT,
    UNSEEN,
    labelled_claims,
    unseen_claims,
)
from clinrag.answering.evaluation.scoring import Scores, checked, score
from clinrag.answering.types import Verdict

VERDICTS = (Verdict.SUPPORTED, Verdict.PARTIAL, Verdict.UNSUPPORTED)


class Command(BaseCommand):
    help = "Check the labelled claims; print precision, recall and verdicts by kind."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--half", choices=[FITTED, HELD_OUT, UNSEEN], default=UNSEEN
        )
        parser.add_argument("--json", action="store_true")
        parser.add_argument(
            "--wrong", metavar="KIND", help="print the claims of a kind judged wrongly"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        every = (*labelled_claims(), *unseen_claims())
        claims = [one for one in every if one.half == options["half"]]
        if options["wrong"]:
            for one in claims:
                found = checked(one)
                right = (found.verdict is Verdict.SUPPORTED) == one.is_true
                if one.kind == options["wrong"] and not right:
                    self.stdout.write(f"{found.problems}\n  {one.claim.text}")
                    self.stdout.write(f"  {one.claim.citations[0].quote}\n")
            return
        scores = score(claims)
        told = _as_json(scores) if options["json"] else _as_table(scores)
        self.stdout.write(told)


def _as_json(scores: Scores) -> str:
    kinds = {
        one.kind: {"is_true": one.is_true, "right": one.right, **one.verdicts}
        for one in scores.kinds
    }
    told = {"precision": scores.precision, "recall": scores.recall, "kinds": kinds}
    return json.dumps(told, indent=1)


def _as_table(scores: Scores) -> str:
    lines = [
        f"{'kind':24}{'true':>5}{'n':>5}{'right':>7}  supported partial unsupported"
    ]
    for one in scores.kinds:
        counts = "".join(f"{one.verdicts[verdict.value]:>10}" for verdict in VERDICTS)
        truth = "yes" if one.is_true else "no"
        lines.append(f"{one.kind:24}{truth:>5}{one.total:>5}{one.right:>7}{counts}")
    lines.append(f"precision {scores.precision:.3f}  recall {scores.recall:.3f}")
    return "\n".join(lines)
