"""Anchors in an S3-compatible bucket with object lock, in compliance mode.

Promises that the bucket locks objects before anything is written, and that what was
written is held until its date, against the bucket's owner too. Reads every version of
an object: one put on top, or a delete marker, hides nothing. Needs the extra `s3`;
credentials come from where `boto3` looks for them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from audit.anchoring.errors import AnchoringMisconfigured
from audit.anchoring.places import (
    NOTE_SUFFIX,
    STAMP_SUFFIX,
    AnchorContent,
    StoredAnchor,
    check_same,
    parse_name,
)
from audit.errors import VoucherUnreachable
from audit.notes import MAX_NOTE_SIZE

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    boto3 = None

COMPLIANCE: Final = "COMPLIANCE"
_EXISTS: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412"})
_NO_LOCK: Final = "ObjectLockConfigurationNotFoundError"


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """Which bucket, where in it, and for how many days nobody may delete."""

    bucket: str
    prefix: str = ""
    endpoint_url: str | None = None
    retain_days: int = 3650


class Bucket:
    """A bucket with object lock. Raises AnchoringMisconfigured without `boto3`."""

    def __init__(self, address: BucketAddress) -> None:
        if boto3 is None:
            raise AnchoringMisconfigured("install clinrag[s3] for anchors in a bucket")
        self._address = address
        self._locks = False
        self._client: Any = None

    @property
    def name(self) -> str:
        return f"s3://{self._address.bucket}/{self._address.prefix}"

    def write(self, content: AnchorContent, *, at: datetime) -> str:
        key = f"{self._address.prefix}{content.stem}"
        until = at + timedelta(days=self._address.retain_days)
        with _told_plainly():
            self._check_locks()
            if content.token is not None:
                self._put(f"{key}{STAMP_SUFFIX}", content.token, until=until)
            if not self._put(f"{key}{NOTE_SUFFIX}", content.note.encode(), until=until):
                for version in self._versions(f"{key}{NOTE_SUFFIX}"):
                    check_same(content, self._get(version))
            self._check_held(f"{key}{NOTE_SUFFIX}", at=at)
        return f"{key}{NOTE_SUFFIX}"

    def read(self) -> Iterator[StoredAnchor]:
        with _told_plainly():
            for version in self._versions(self._address.prefix):
                said = parse_name(version["Key"].removeprefix(self._address.prefix))
                if said is not None:
                    locator = f"{version['Key']}?versionId={version['VersionId']}"
                    yield StoredAnchor(*said, locator, self._get(version))

    @property
    def _s3(self) -> Any:
        if self._client is None:
            config = Config(
                connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2}
            )
            url = self._address.endpoint_url
            self._client = boto3.client("s3", endpoint_url=url, config=config)
        return self._client

    def _check_locks(self) -> None:
        if self._locks:
            return
        try:
            found = self._s3.get_object_lock_configuration(Bucket=self._address.bucket)
        except ClientError as error:
            if _code(error) == _NO_LOCK:
                raise AnchoringMisconfigured("the bucket has no object lock") from error
            raise
        enabled = found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled")
        if enabled != "Enabled":
            raise AnchoringMisconfigured("the bucket has no object lock")
        self._locks = True

    def _put(self, key: str, body: bytes, *, until: datetime) -> bool:
        """Whether it was written; False if something is there."""
        try:
            self._s3.put_object(
                Bucket=self._address.bucket,
                Key=key,
                Body=body,
                IfNoneMatch="*",
                ChecksumAlgorithm="SHA256",
                ObjectLockMode=COMPLIANCE,
                ObjectLockRetainUntilDate=until,
            )
        except ClientError as error:
            if _code(error) in _EXISTS:
                return False
            raise
        return True

    def _check_held(self, key: str, *, at: datetime) -> None:
        """A server that knows no object lock may take the wish and drop it."""
        found = self._s3.head_object(Bucket=self._address.bucket, Key=key)
        until = found.get("ObjectLockRetainUntilDate")
        if found.get("ObjectLockMode") != COMPLIANCE or until is None or until <= at:
            raise AnchoringMisconfigured("the bucket does not hold what it is given")

    def _versions(self, prefix: str) -> Iterator[dict[str, Any]]:
        pages = self._s3.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self._address.bucket, Prefix=prefix):
            yield from page.get("Versions", ())

    def _get(self, version: dict[str, Any]) -> str:
        found = self._s3.get_object(
            Bucket=self._address.bucket,
            Key=version["Key"],
            VersionId=version["VersionId"],
        )
        data: bytes = found["Body"].read(MAX_NOTE_SIZE)
        return data.decode(errors="replace")


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise VoucherUnreachable(_code(error)) from error
    except BotoCoreError as error:
        raise VoucherUnreachable(type(error).__name__) from error


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
