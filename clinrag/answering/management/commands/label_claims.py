"""`label_claims FOLDER`: make the labelled claims of `evaluate_grounding` anew."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from clinrag.answering.evaluation.labelled import FOLDER
from clinrag.answering.evaluation.making import Row, labelled_rows
from clinrag.answering.evaluation.unseen import unseen_rows

MAKERS: Final = {"grounding": labelled_rows, "unseen": unseen_rows}


class Command(BaseCommand):
    help = "Write the labelled claims and their passages from a folder of public data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--into", type=Path, default=FOLDER)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            for name, made in MAKERS.items():
                self._write(options["into"], name, *made(options["folder"]))
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"The folder cannot be read: {error}") from error

    def _write(
        self, into: Path, name: str, passages: list[Row], claims: list[Row]
    ) -> None:
        for of, rows in (("passages", passages), ("claims", claims)):
            lines = (json.dumps(row, ensure_ascii=False) for row in rows)
            file = into / f"{name}_{of}.jsonl"
            file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        told = f"{name}: {len(claims)} claims about {len(passages)} passages"
        self.stdout.write(told)
