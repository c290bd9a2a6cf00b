"""Which reply format a server took for a schema, so that it is not found out each time.

Promises: holds at most `SCHEMAS_REMEMBERED` schemas, by hash; they come from requests
too, so that without an end there would be one each. The oldest is forgotten, and found
out again if need be. Will not: outlive its process.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

from clinrag.inference.wire import REPLY_FORMATS, ReplyFormat

SCHEMAS_REMEMBERED: Final = 256


class FormatsTaken:
    """Each schema by itself: a server that cannot compile one knows the others."""

    def __init__(self) -> None:
        self._taken: dict[bytes, ReplyFormat] = {}

    def worth_trying(self, schema: Mapping[str, object]) -> Sequence[ReplyFormat]:
        """The formats from the one it took on, best first; all if unknown."""
        taken = self._taken.get(_digest(schema), REPLY_FORMATS[0])
        return REPLY_FORMATS[REPLY_FORMATS.index(taken) :]

    def remember(self, schema: Mapping[str, object], taken: object) -> None:
        """Take in what a reply was asked for in, as it was sent."""
        digest = _digest(schema)
        self._taken.pop(digest, None)
        self._taken[digest] = next(one for one in REPLY_FORMATS if one == taken)
        while len(self._taken) > SCHEMAS_REMEMBERED:
            self._taken.pop(next(iter(self._taken)), None)


def _digest(schema: Mapping[str, object]) -> bytes:
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).digest()
