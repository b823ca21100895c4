"""Multipart uploads, streamed: the file is never held in memory, and its MD5 is computed as it is sent."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO, Final, Protocol

from autobook.domain.errors import GiveUp, RetryLater

MAX_UPLOAD: Final = 15 * 1024 * 1024
"""Bytes (docs/kanbert-api.md, Incoming invoices: 15 MB, taken as MiB, which is how a Laravel validation counts)."""
MEDIA_TYPES: Final = frozenset({"application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp", "image/tiff"})
"""PDF or image; which images is not documented."""


class Readable(Protocol):
    """A file, or the body of an S3 object."""

    def read(self, size: int = ..., /) -> bytes:
        """The next bytes; empty at the end."""


@dataclass(frozen=True, slots=True)
class UploadFile:
    """A file to send. `size` in bytes; `content` starts at its beginning and may be read only once."""

    name: str
    content: BinaryIO | Readable
    size: int
    media_type: str = "application/pdf"

    @classmethod
    def of(cls, name: str, content: bytes, media_type: str = "application/pdf") -> "UploadFile":
        """A file that is in memory."""
        return cls(name, io.BytesIO(content), len(content), media_type)

    def check(self) -> None:
        """GiveUp for what Kanbert would refuse, before anything is sent."""
        if self.size > MAX_UPLOAD:
            raise GiveUp(f"{self.name} has {self.size:,} bytes; Kanbert takes at most {MAX_UPLOAD:,}")
        if self.size <= 0:
            raise GiveUp(f"{self.name} is empty")
        if self.media_type not in MEDIA_TYPES:
            raise GiveUp(f"{self.name} is {self.media_type}; Kanbert takes PDF and images")


class HashedFile:
    """A file that counts and hashes what is read from it. Rewinds where the file below can."""

    def __init__(self, file: UploadFile) -> None:
        self._file = file
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._position = 0

    @property
    def complete(self) -> bool:
        """True if every byte was read."""
        return self._position == self._file.size

    @property
    def md5(self) -> str:
        """MD5 of what was read so far, hexadecimal."""
        return self._md5.hexdigest()

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes. GiveUp where the file is not `size` bytes long."""
        chunk = self._file.content.read(size)
        self._md5.update(chunk)
        self._position += len(chunk)
        if self._position > self._file.size or (not chunk and not self.complete):
            raise GiveUp(f"{self._file.name} is not {self._file.size:,} bytes long, as announced")
        return chunk

    def tell(self) -> int:
        """Position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """httpx asks for the end, to learn the length, and goes back to the start to send again."""
        if whence == io.SEEK_END:
            return self._file.size
        if offset != self._position:
            rewind = getattr(self._file.content, "seek", None)
            if offset != 0 or rewind is None:
                raise RetryLater(f"{self._file.name} was partly sent and cannot be read a second time")
            rewind(0)
            self._position, self._md5 = 0, hashlib.md5(usedforsecurity=False)
        return offset


def form_fields(fields: Mapping[str, Any]) -> dict[str, str]:
    """Fields as PHP reads them from a form: `vats[0][vat]`, `tags[0]`; null is the empty text (as Laravel has it)."""
    flat: dict[str, str] = {}
    for name, value in fields.items():
        _flatten(name, value, flat)
    return flat


def _flatten(name: str, value: Any, flat: dict[str, str]) -> None:
    match value:
        case None:
            flat[name] = ""
        case bool():
            flat[name] = "true" if value else "false"
        case Decimal():
            flat[name] = format(value, "f")
        case Mapping():
            for key, each in value.items():
                _flatten(f"{name}[{key}]", each, flat)
        case list() | tuple():
            for index, each in enumerate(value):
                _flatten(f"{name}[{index}]", each, flat)
        case _:
            flat[name] = str(value)
