"""The body of an answer, read within bounds: what arrives, and what it becomes when it is unpacked.

A body of a few kilobytes can be packed zeros by the gigabyte, and one without a length may never end. Neither is held
in memory beyond the limit: unpacking stops there, in the middle of a chunk.
"""

import zlib
from collections.abc import Callable, Iterable
from typing import Final

ACCEPTED_ENCODING: Final = "gzip"
_PLAIN: Final = frozenset({"", "identity"})
_GZIP: Final = frozenset({"gzip", "x-gzip"})
_PACKAGING: Final = 1024
"""Bytes that packing may add to a body."""


class TooLong(Exception):
    """The body goes on beyond the limit. `beginning` is what was read."""

    def __init__(self, beginning: bytes) -> None:
        super().__init__("the body is too long")
        self.beginning = beginning


class Broken(Exception):
    """The body cannot be unpacked, or ends too early."""


def read_body(chunks: Iterable[bytes], encoding: str, most: int, check: Callable[[], None]) -> bytes:
    """The body, unpacked as its `Content-Encoding` says. `check` is called after each chunk, and may raise.

    Raises TooLong beyond so many bytes, Broken where it makes no sense.
    """
    named = encoding.strip().lower()
    if named in _PLAIN:
        unpack: Callable[[bytes, int], bytes] = _as_it_is
        complete = _always
    elif named in _GZIP:
        packed = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        unpack, complete = packed.decompress, lambda: packed.eof
    else:
        raise Broken(f"the answer is packed as {encoding[:40]!r}, which was not asked for")
    body, arrived = bytearray(), 0
    try:
        for chunk in chunks:
            arrived += len(chunk)
            body += unpack(chunk, most + 1 - len(body))
            if len(body) > most or arrived > most + _PACKAGING:
                raise TooLong(bytes(body[:most]))
            check()
    except zlib.error as error:
        raise Broken(f"the answer cannot be unpacked: {error}") from error
    if arrived and not complete():
        raise Broken("the packed answer ends too early")
    return bytes(body)


def _as_it_is(chunk: bytes, most: int) -> bytes:
    return chunk[:most]


def _always() -> bool:
    return True
