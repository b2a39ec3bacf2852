"""uploads: how large what is handed in may be; more is not read, whatever page it is sent to."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class SizeLimit(FileUploadHandler):
    """Counts what comes and passes it on. Where it is too much the request has no file, and `too_large` says why."""

    #: A request that says it is so many times larger is not even read to its end.
    ABSURD = 4

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
        """Hears how much is coming."""
        if content_length > self.ABSURD * settings.TABLE_BYTES:
            self._refuse(reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002  # Django calls it so
        """Some bytes, which the next handler keeps."""
        self.count += len(raw_data)
        if self.count > settings.TABLE_BYTES:
            self._refuse(reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler has the file."""

    def _refuse(self, *, reset: bool) -> None:
        self.request.too_large = True  # type: ignore[union-attr]  # what the page looks at
        raise StopUpload(connection_reset=reset)
