"""How large and how deep a condition may be: the same in whichever form it comes, so that what is read can be printed.

Size is that of the text. The JSON form, which says the same in up to six times as many bytes, is measured by the
shortest text that says it. Depth is counted where the text form must show it: a group within a group,
`not`, a relation filter. Parentheses (in JSON: groups of one) that say nothing count as well, since reading them
goes as deep.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from autobook.domain.conditions.ast import And, Condition, Counted, Not, Or, Quantified
from autobook.domain.conditions.errors import ConditionError
from autobook.domain.conditions.text_size import byte_length, text_size

MAX_BYTES: Final = 8192
"""Longest condition, in bytes of UTF-8: its text, or for the JSON form the shortest text that says the same."""
MAX_DEPTH: Final = 64
"""Deepest nesting of groups, `not` and relation filters."""
MAX_LIST: Final = 1000
"""Longest list after `in`."""
TOO_DEEP: Final = f"nested more than {MAX_DEPTH} deep"
TOO_LONG: Final = f"the condition is longer than {MAX_BYTES // 1024} KiB"
_MOST_JSON: Final = 8 * MAX_BYTES
"""More bytes than any condition takes in the JSON form: a `=""` between two `or` is 7 there and 41 here."""
_MOST_NODES: Final = 2 * MAX_BYTES
"""More values than this cannot stand in the longest condition."""
_MOST_BITS: Final = 1024
"""Far beyond the numbers of a condition, far below what Python refuses to write out."""


def check_text(text: str) -> None:
    """Refuse a text that is too long."""
    if byte_length(text) > MAX_BYTES:
        raise ConditionError(TOO_LONG)


def check_json_text(text: str) -> None:
    """Refuse a JSON text that no condition of a fitting size can need."""
    if byte_length(text) > _MOST_JSON:
        raise ConditionError(TOO_LONG)


def check_size(condition: Condition, size: int) -> None:
    """Refuse what could not be printed within the limit; `size` is the length of what was read, in characters.

    Printed, a number of the JSON form may be six times as long (`1e29`); what was a text becomes hardly longer.
    """
    if size > MAX_BYTES // 8 and text_size(condition) > MAX_BYTES:
        raise ConditionError(TOO_LONG)


def check_document(document: object) -> int:
    """Refuse decoded JSON that is too deep or too big, without recursion; about its size as text, in characters."""
    waiting: list[tuple[object, int]] = [(document, 0)]
    nodes = size = 0
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, Mapping | Sequence | set | frozenset) and not isinstance(node, str | bytes):
            if depth > 4 * MAX_DEPTH:
                raise ConditionError(TOO_DEEP)
            nodes += len(node)
            if nodes > _MOST_NODES:
                raise ConditionError(TOO_LONG)
            waiting.extend((each, depth + 1) for each in node)
            if isinstance(node, Mapping):
                waiting.extend((each, depth + 1) for each in node.values())
            continue
        if isinstance(node, int) and node.bit_length() > _MOST_BITS:
            raise ConditionError("a number of far too many digits")
        size += len(node if isinstance(node, str | bytes) else str(node))
        if size > _MOST_JSON:
            raise ConditionError(TOO_LONG)
    return size


def nesting(condition: Condition) -> int:
    """How deep the condition is nested, whatever form it came in."""
    deepest = 0
    waiting = [(condition, 0, False)]
    while waiting:
        node, depth, within = waiting.pop()
        match node:
            case And(parts) | Or(parts):
                depth += within
                waiting.extend((part, depth, True) for part in parts)
            case Not(part):
                depth += 1
                waiting.append((part, depth, True))
            case Quantified(where=where) | Counted(where=where) if where is not None:
                depth += 1
                waiting.append((where, depth, False))
        deepest = max(deepest, depth)
    return deepest
