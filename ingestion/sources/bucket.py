"""What lies under a prefix of an S3-compatible bucket.

Promises: only buckets that the deployment names, at the server it names; lists and
reads, never writes. An object is read as the one that was listed, by its tag, and no
more of it than a document may have. Needs the extra `s3`; credentials come from where
`boto3` looks for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from ingestion.sources.errors import (
    ItemUnsettled,
    SourceRefused,
    SourceTooLarge,
    SourceUnreachable,
)
from ingestion.sources.types import Content, Glimpse, Known, SourceRules

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    boto3 = None

SCHEME: Final = "s3://"
LONGEST_KEY: Final = 1000


class WatchedPrefix:
    """`s3://bucket/prefix/`. Raises SourceRefused."""

    def __init__(self, address: str, *, rules: SourceRules) -> None:
        self._bucket, _, self._prefix = address.removeprefix(SCHEME).partition("/")
        self._rules = rules
        is_plain = address.startswith(SCHEME)
        if boto3 is None or not is_plain or self._bucket not in rules.buckets:
            raise SourceRefused

    def look(self, known: Mapping[str, Known], *, at: datetime) -> Sequence[Glimpse]:
        del known, at
        found: list[Glimpse] = []
        with _told_plainly():
            pages = self._client().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                found += [self._glimpse(one) for one in page.get("Contents", ())]
                if len(found) > self._rules.most_items:
                    raise SourceTooLarge
        return [one for one in found if _is_file(one.name)]

    def read(self, glimpse: Glimpse) -> Content:
        tag = glimpse.fingerprint.partition(":")[2]
        with _told_plainly():
            found = self._client().get_object(
                Bucket=self._bucket, Key=f"{self._prefix}{glimpse.name}", IfMatch=tag
            )
            if found["ContentLength"] > self._rules.max_bytes:
                raise SourceTooLarge
            data: bytes = found["Body"].read(self._rules.max_bytes + 1)
        return Content(data, glimpse.fingerprint)

    def _glimpse(self, listed: Mapping[str, Any]) -> Glimpse:
        name = str(listed["Key"]).removeprefix(self._prefix)
        return Glimpse(name, f"{listed['Size']}:{listed['ETag']}")

    def _client(self) -> Any:
        config = Config(
            connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2}
        )
        return boto3.client("s3", endpoint_url=self._rules.bucket_url, config=config)


def _is_file(name: str) -> bool:
    """Not the empty object that some tools put where a folder would be."""
    return bool(name) and not name.endswith("/") and len(name) <= LONGEST_KEY


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in {"PreconditionFailed", "412", "NoSuchKey", "404"}:
            raise ItemUnsettled from None
        raise SourceUnreachable from None
    except (BotoCoreError, OSError):
        raise SourceUnreachable from None
