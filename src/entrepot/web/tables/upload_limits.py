"""The size limit of uploads, for every page: the rest of a larger file is not read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class SizeLimit(FileUploadHandler):
    """Count the bytes and pass them on. Beyond the limit the request has no file, and its `too_large` is True."""

    #: A request whose Content-Length exceeds the limit so many times is not read to its end.
    ABORT_FACTOR = 4

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.count = 0

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ARG002  # Django calls it so
        META: Any,  # noqa: ARG002, N803
        content_length: int,
        boundary: Any,  # noqa: ARG002
        encoding: Any = None,  # noqa: ARG002
    ) -> None:
        """Check the Content-Length before anything is read."""
        if content_length > self.ABORT_FACTOR * settings.TABLE_BYTES:
            self._refuse(reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002  # Django calls it so
        """Count some bytes; the next handler stores them."""
        self.count += len(raw_data)
        if self.count > settings.TABLE_BYTES:
            self._refuse(reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Returns None: the next handler has the file."""

    def _refuse(self, *, reset: bool) -> None:
        self.request.too_large = True  # type: ignore[union-attr]  # the page reads it
        raise StopUpload(connection_reset=reset)
