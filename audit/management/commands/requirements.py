"""Show which law and standards the software answers, and by which tests."""

import argparse
import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from audit.requirements import Matrix, Requirement, matrix


class Command(BaseCommand):
    help = "Print the matrix of requirements with the tests that hold them."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        found = matrix()
        self.stdout.write(_as_json(found) if options["json"] else _as_text(found))


def _as_json(found: Matrix) -> str:
    rows = [asdict(row) | {"is_held": row.is_held} for row in found.requirements]
    told = {"as_of": found.as_of.isoformat(), "disclaimer": found.disclaimer}
    return json.dumps(told | {"requirements": rows}, ensure_ascii=False, indent=1)


def _as_text(found: Matrix) -> str:
    parts = [f"As of {found.as_of.isoformat()}. {found.disclaimer}"]
    parts += [_row(row) for row in found.requirements]
    return "\n\n".join(parts)


def _row(row: Requirement) -> str:
    since = f", applies from {row.applies_from}" if row.applies_from else ""
    lines = [f"{row.source}: {row.title} ({row.status}{since})"]
    lines += [f"  {text}" for text in (row.remark, row.does) if text]
    lines += [f"  held by {test}" for test in row.tests]
    lines += [f"  planned: {plan}" for plan in row.planned]
    return "\n".join(lines)
