"""Splitting what is too long for one event: SNS and SQS take 256 KB, and an invoice may have thousands of lines."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from autobook.domain.canonical import canonical_json
from autobook.domain.event_data import Split
from autobook.domain.event_fields import Data

MAX_BYTES: Final = 250_000
"""UTF-8, of an event as it is published (SNS quotas: 262,144 bytes, envelope included)."""
_ENVELOPE: Final = 2_000
"""Bytes that are set aside for everything in an event but its data."""

type _Item = tuple[str, Data]
"""An element of one of the lists, and the list's name."""


def in_parts(data: Split, max_bytes: int) -> list[Split]:
    """The parts. The same elements, in whatever order, give the same parts: their ids are made from what they say."""
    lists = [name for name, value in data if isinstance(value, list)]
    items = sorted(((name, item) for name in lists for item in getattr(data, name)), key=_order)
    rest = data.model_copy(update={name: [] for name in lists})
    room = max_bytes - _ENVELOPE - _size(rest)
    parts = [
        rest.model_copy(update={name: [item for where, item in part if where == name] for name in lists})
        for part in _packed(items, room)
    ]
    return [part.model_copy(update={"part": n, "parts": len(parts)}) for n, part in enumerate(parts, 1)]


def _packed(items: list[_Item], room: int) -> Iterator[list[_Item]]:
    """Whole lines as long as there is room; a line that needs more than a part is cut."""
    part, used = list[_Item](), 0
    for _, line in groupby(items, key=_line):
        for piece in _pieces(list(line), room):
            size = sum(_size(item) for _, item in piece)
            if part and used + size > room:
                yield part
                part, used = [], 0
            part += piece
            used += size
    yield part


def _pieces(line: list[_Item], room: int) -> Iterator[list[_Item]]:
    if sum(_size(item) for _, item in line) <= room:
        yield line
    else:
        yield from ([item] for item in line)


def _line(item: _Item) -> str:
    return getattr(item[1], "booking_id", None) or ""


def _order(item: _Item) -> tuple[str, str, bytes]:
    name, element = item
    return _line(item), name, canonical_json(element)


def _size(data: Data) -> int:
    """At most so many bytes in an event, with a comma. A character that is escaped takes six bytes, not three."""
    text = data.model_dump_json()
    return len(text.encode()) + 3 * sum(text.count(refused) for refused in "\ufffe\uffff") + 1
