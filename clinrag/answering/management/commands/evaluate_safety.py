"""`evaluate_safety FOLDER`: what screening finds, and what it finds wrongly.

Reads `phi/*.jsonl` (texts with the spans of identifiers) and `adversarial/` (orders to
a model, pages with and without one, and harmless sentences in the same words).
"""

import gzip
import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinrag.privacy.documents import suspicious_rules
from clinrag.privacy.identifiers import find_identifiers
from clinrag.privacy.injection import find_suspicions


class Command(BaseCommand):
    help = "Tell recall and false alarms of the screening for identifiers and orders."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *_: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            for file in sorted((folder / "phi").glob("*.jsonl")):
                self._tell_identifiers(file)
            self._tell_injection(folder / "adversarial")
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"The folder cannot be read: {error}") from error

    def _tell_identifiers(self, file: Path) -> None:
        """By kind, the share of characters masked; and of masked characters, marked."""
        wanted: Counter[str] = Counter()
        hit: Counter[str] = Counter()
        masked = right = 0
        for row in _rows(file):
            covered = _places(find_identifiers(row["text"]))
            marked = {
                place
                for one in row["spans"]
                for place in range(one["start"], one["end"])
            }
            masked, right = masked + len(covered), right + len(covered & marked)
            for one in row["spans"]:
                span = set(range(one["start"], one["end"]))
                wanted[one["type"]] += len(span)
                hit[one["type"]] += len(span & covered)
        precision = right / masked if masked else 0.0
        recall = hit.total() / max(wanted.total(), 1)
        self.stdout.write(f"{file.stem}: recall {recall:.3f} precision {precision:.3f}")
        for kind, total in wanted.most_common():
            self.stdout.write(f"  {kind:34}{hit[kind] / total:7.3f}")

    def _tell_injection(self, folder: Path) -> None:
        payloads = list(_rows(folder / "payloads.jsonl"))
        harmless = list(_rows(folder / "harmless_sentences.jsonl"))
        pages = list(_rows(folder / "poisoned_documents.jsonl.gz"))
        found = Counter(
            bool(row["poisoned"]) for row in pages if _page_is_suspicious(row["text"])
        )
        poisoned = sum(bool(row["poisoned"]) for row in pages)
        asked = sum(bool(find_suspicions(row["text"])) for row in payloads)
        alarms = sum(bool(find_suspicions(row["text"])) for row in harmless)
        for told, part, whole in (
            ("orders in questions found", asked, len(payloads)),
            ("harmless sentences suspected", alarms, len(harmless)),
            ("poisoned pages found", found[True], poisoned),
            ("clean pages suspected", found[False], len(pages) - poisoned),
        ):
            self.stdout.write(f"{told:34}{part:5} of {whole}")


def _page_is_suspicious(text: str) -> bool:
    return any(suspicious_rules(block) for block in text.split("\n\n"))


def _places(findings: Any) -> set[int]:
    return {place for one in findings for place in range(one.start, one.end)}


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
