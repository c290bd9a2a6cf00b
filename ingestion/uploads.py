"""Files of a form, measured while they stream in, and kept only up to the limit.

Promises: of one request no more than `MAX_UPLOAD_BYTES` are kept, in memory or on the
disk; what is longer is read to its end for its size and hash, and let go. Will not:
judge what is in a file, or say no: a version that failed is on record.
"""

import hashlib
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from ingestion.measuring import ContentMeasure


class MeasuredFile(UploadedFile):  # type: ignore[type-arg]  # none at run time
    """A file as it came in; empty when it was too long to keep."""

    measure: ContentMeasure
    kept: bool

    def content(self) -> bytes | ContentMeasure:
        """The bytes, or their measure when they were let go."""
        return bytes(self.read()) if self.kept else self.measure


class MeasuringUploadHandler(FileUploadHandler):
    """Hashes and counts every file of a request; one instance serves one request."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._room = settings.MAX_UPLOAD_BYTES  # for all its files together

    def new_file(self, *arguments: Any, **options: Any) -> None:
        super().new_file(*arguments, **options)
        self._digest = hashlib.sha256()
        self._size = 0
        self._file: Any = _empty_file()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        del start
        self._digest.update(raw_data)
        self._size += len(raw_data)
        self._room -= len(raw_data)
        if self._room >= 0:
            self._file.write(raw_data)
        elif self._file.tell():
            self._let_go()

    def file_complete(self, file_size: int) -> MeasuredFile:
        self._file.seek(0)
        found = MeasuredFile(
            file=self._file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
        found.measure = ContentMeasure(self._size, self._digest.hexdigest())
        found.kept = self._room >= 0
        return found

    def upload_interrupted(self) -> None:
        self._file.close()

    def _let_go(self) -> None:
        self._file.close()
        self._file = _empty_file()


def _empty_file() -> Any:
    return SpooledTemporaryFile(  # Django closes it with the request
        max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, dir=settings.FILE_UPLOAD_TEMP_DIR
    )
