"""Items that would be too large for DynamoDB: what is long in them goes into further items, compressed.

DynamoDB takes 400 KB (developer guide, "Service, account, and table quotas"). An invoice of thousands of lines has a
provenance record of several megabytes; any other keeps its plain item, which a person can read in the console.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from autobook.adapters.dynamodb.items import item_of

MOST_BYTES: Final = 350_000
"""Of an item as we count it, which is not quite how DynamoDB does."""
LONG: Final = (
    *("written", "pending", "side_effects", "yielded", "snapshot", "reviews", "unpublished"),
    *("suggestions", "undoing", "undone"),
)
"""Attributes of a provenance record that grow with the lines of an invoice."""
ATTRIBUTE: Final = "overflow"
"""Names the keys of the further items."""


@dataclass(frozen=True, slots=True)
class Packed:
    """An item that fits, and the items that hold the rest of it; none for one that fits as it is."""

    item: dict[str, Any]
    chunks: tuple[dict[str, Any], ...] = ()


def packed(fields: Mapping[str, Any], long: tuple[str, ...] = LONG) -> Packed:
    """The items of these fields, of which `long` grow with the lines of an invoice.

    Chunks are named by the item, its version and their content.

    So they can be written before the item that refers to them: one that another run, or none, refers to is not in
    anybody's way.
    """
    whole = item_of(fields)
    if item_size(whole) <= MOST_BYTES:
        return Packed(whole)
    # One of each stays: whoever reads many items at once (inventory.py) sees whether there is any.
    rest = {name: value[:1] if name in long else value for name, value in fields.items()}
    content = zlib.compress(json.dumps({name: fields[name] for name in long}, ensure_ascii=False).encode())
    digest = hashlib.sha256(content).hexdigest()
    prefix = f"{ATTRIBUTE}:{fields['pk']}:{fields['version']}:{digest[:16]}"
    parts = [content[n : n + MOST_BYTES] for n in range(0, len(content), MOST_BYTES)]
    chunks = tuple(item_of({"pk": f"{prefix}:{n}", "content": part}) for n, part in enumerate(parts))
    return Packed(item_of(rest | {ATTRIBUTE: [f"{prefix}:{n}" for n in range(len(parts))]}), chunks)


def chunk_keys(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of the items that hold the rest of these fields, in their order."""
    return tuple(fields.get(ATTRIBUTE, ()))


def unpacked(fields: Mapping[str, Any], contents: Iterable[bytes]) -> dict[str, Any]:
    """The fields with the rest of them."""
    rest: dict[str, Any] = json.loads(zlib.decompress(b"".join(contents)))
    return {name: value for name, value in fields.items() if name != ATTRIBUTE} | rest


def item_size(item: Mapping[str, Any]) -> int:
    """Bytes of an item (developer guide, "DynamoDB item sizes and formats")."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return len(content)
        case "L":
            return 3 + sum(1 + _size(each) for each in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _size(each) for name, each in content.items())
        case _:
            return 1
