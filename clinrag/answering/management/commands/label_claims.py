"""`label_claims FOLDER`: make the labelled claims of `evaluate_grounding` anew."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinrag.answering.evaluation.labelled import FOLDER
from clinrag.answering.evaluation.making import labelled_rows


class Command(BaseCommand):
    help = "Write the labelled claims and their passages from a folder of public data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--into", type=Path, default=FOLDER)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            passages, claims = labelled_rows(options["folder"])
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"The folder cannot be read: {error}") from error
        for name, rows in (("passages", passages), ("claims", claims)):
            lines = (json.dumps(row, ensure_ascii=False) for row in rows)
            file = options["into"] / f"grounding_{name}.jsonl"
            file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.stdout.write(f"{len(claims)} claims about {len(passages)} passages")
