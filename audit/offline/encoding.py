"""Base64 and decimals in their one spelling, and text under a limit."""

import base64
import binascii
import re
from typing import Final

from audit.offline.problems import Malformed

MAX_TEXT: Final = 2_000_000
LARGEST: Final = (1 << 63) - 1
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")


def read_base64(text: str) -> bytes:
    """Standard base64 with padding and no spare bits; raises Malformed."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("this is not base64", code="base64_invalid") from None
    if base64.b64encode(data).decode("ascii") != text:
        raise Malformed("this base64 has another spelling", code="base64_invalid")
    return data


def read_decimal(text: str) -> int:
    """A number below 2^63 without sign or leading zeros; raises Malformed."""
    if not _DECIMAL.fullmatch(text) or int(text) > LARGEST:
        raise Malformed("this is not a number of a log", code="number_invalid")
    return int(text)


def read_text(data: bytes) -> str:
    """UTF-8 of bounded length; raises Malformed."""
    if len(data) > MAX_TEXT:
        raise Malformed("this is too long", code="too_large")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Malformed("this is not text in UTF-8", code="not_utf8") from None
