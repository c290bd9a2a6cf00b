"""Checking what is said about collections and documents before it is recorded.

Promises: pure; names the field that is wrong. Will not: write.
"""

import re
from typing import Final

from django.core.exceptions import ValidationError

from ingestion.errors import DescriptionInvalid
from ingestion.models import Collection, Document

LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,4})?")


def check_description(row: Collection | Document) -> None:
    """Raises `DescriptionInvalid` with the field's name."""
    try:
        row.clean_fields()
    except ValidationError as error:
        raise DescriptionInvalid(next(iter(error.message_dict))) from error
    if not LANGUAGE.fullmatch(row.language):
        raise DescriptionInvalid("language")


def check_link(url: str) -> None:
    """Shown as a link: nothing but the web may get that far."""
    if url and not url.startswith(("https://", "http://")):
        raise DescriptionInvalid("url")
