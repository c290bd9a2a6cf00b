"""Build the approximate index that large searches walk, or drop it.

Promises: searches go on meanwhile. It needs the rights of the owner of the tables, and
minutes for hundreds of thousands of passages.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinrag.retrieval.errors import NothingToIndex
from clinrag.retrieval.vector_index import build_vector_index, drop_vector_index
from ingestion.embedding import get_embedder, identity_of


class Command(BaseCommand):
    help = "Build the approximate index of an embedder's vectors; --drop to be without"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--embedder", metavar="NAME@REVISION", default="")
        parser.add_argument("--drop", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        embedder = options["embedder"] or identity_of(get_embedder())
        if options["drop"]:
            drop_vector_index(embedder)
            self.stdout.write(f"Without an index: {embedder}")
            return
        try:
            built = build_vector_index(embedder)
        except NothingToIndex as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{built.name}: {built.vectors} vectors of {embedder}")
