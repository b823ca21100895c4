"""A related object (account, supplier, editor …), however Kanbert shows it: as an object, as its id, or as both.

Which of these comes is documented for some operations only (docs/kanbert-api.md, "What we assume"). An object without
its id is a related object all the same: its place is not empty, and nothing may be written there. It gets a mark in
place of the id, such as `code:7380`; the colon keeps marks apart from ids.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

_NAMES: Final = ("code", "shortcode", "invoice_number", "name", "title", "email", "last_name", "first_name")
"""What an object without an id is named by: the first of these that it has."""
_NAMELESS: Final = "object:without id"
_LONGEST_NAME: Final = 200
_EMPTY: Final[tuple[object, ...]] = (None, "", [], {}, False)


def with_references(data: Any, references: Mapping[str, str], fields: Collection[str], needed: Collection[str]) -> Any:
    """The decoded object with the id of every related object in both places, where they are among its `fields`.

    `references`: the name of each related object, and of the field that holds its id. What is `needed` and is neither
    an object nor empty stays as it is, and is unreadable.
    """
    if not references or not isinstance(data, dict):
        return data
    read = dict(data)
    for name, id_name in references.items():
        related, identifier = data.get(name), data.get(id_name)
        if _is_empty(identifier):
            if _is_empty(related):
                if name in fields and not isinstance(related, dict):
                    read[name] = None
                continue
            if name in needed and not isinstance(related, dict):
                continue
            identifier = _identity(related)
        elif isinstance(identifier, dict):
            identifier = _identity(identifier)
        elif not _is_name(identifier):
            continue
        if id_name in fields:
            read[id_name] = identifier
        if name in fields and not (name in needed and _has_odd_id(related)):
            read[name] = _with_id(related, identifier)
    return read


def is_mark(identifier: str) -> bool:
    """True for what stands in the place of an id that Kanbert does not show."""
    return ":" in identifier


def names_something(identifier: str | None) -> bool:
    """True for an id, or a mark that says what its object is called."""
    return bool(identifier) and identifier != _NAMELESS


def _is_empty(related: object) -> bool:
    """True where there is no related object: PHP writes a missing one as null, `[]`, or an object of nulls."""
    return all(map(_is_blank, related.values())) if isinstance(related, dict) else _is_blank(related)


def _is_blank(value: object) -> bool:
    return value in _EMPTY or (isinstance(value, str) and not value.strip())


def _with_id(related: object, identifier: object) -> dict[str, Any]:
    if not isinstance(related, dict):
        return {"id": identifier}
    return related if _is_name(related.get("id")) else {**related, "id": identifier}


def _has_odd_id(related: object) -> bool:
    return isinstance(related, dict) and not _is_empty(related.get("id")) and not _is_name(related["id"])


def _identity(related: object) -> str:
    """The id, or the mark that stands for it."""
    if not isinstance(related, dict):
        return str(related) if _is_name(related) else _NAMELESS
    if _is_name(identifier := related.get("id")):
        return str(identifier)
    return next((f"{key}:{related[key]!s:.{_LONGEST_NAME}}" for key in _NAMES if _is_name(related.get(key))), _NAMELESS)


def _is_name(value: object) -> bool:
    return isinstance(value, str | int) and not _is_blank(value) and not isinstance(value, bool)
