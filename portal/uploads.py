"""Uploads are small here (pictures of apps): what is larger is thrown away as it comes in, never kept."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

MOST_FILE = 2 * 1024 * 1024  # above every field's own limit, so that the field can say its own sentence
MOST_REQUEST = 16 * 1024 * 1024


class CappedUploads(FileUploadHandler):
    """First in the row of handlers: of a file that is too large the field gets the first bytes alone."""

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: Any, encoding: str | None = None
    ) -> None:
        if content_length > MOST_REQUEST:
            raise RequestDataTooBig("The upload is too large.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.seen = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.seen += len(raw_data)
        return raw_data if self.seen <= MOST_FILE else None

    def file_complete(self, file_size: int) -> None:
        return None
