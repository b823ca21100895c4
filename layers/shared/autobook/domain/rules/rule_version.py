"""Which version of a rule: a name made of what the item says, whoever reads it and in whatever order.

`check`, which we write ourselves, is no part of it; everything else is, what is for people included.
"""

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from autobook.domain.canonical import canonical_json, sha256

CHECK: Final = "check"
"""The attribute that we write."""
_LENGTH: Final = 16
"""Characters of the hash that name a version."""


def content(item: Mapping[str, Any]) -> dict[str, Any]:
    """What people wrote into an item."""
    return {name: value for name, value in item.items() if name != CHECK}


def typed_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """What people wrote, in DynamoDB's own JSON (`{"account": {"S": "7380"}}`), as `aws dynamodb put-item` takes it."""
    return {str(name): _typed(value) for name, value in content(item).items()}


def rule_version(item: Mapping[str, Any]) -> str:
    """The version's name: 16 hexadecimal digits of the SHA-256 of the typed item."""
    return sha256(canonical_json(typed_item(item)))[:_LENGTH]


def _typed(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float() | Decimal():
            return {"N": _number(value)}
        case bytes():
            return {"B": base64.b64encode(value).decode()}
        case Mapping():
            return {"M": {str(name): _typed(each) for name, each in value.items()}}
        case list() | tuple():
            return {"L": [_typed(each) for each in value]}
        case set() | frozenset():
            return _typed_set(value)
    return {"S": str(value)}


def _typed_set(values: set[Any] | frozenset[Any]) -> dict[str, Any]:
    typed = sorted((next(iter(_typed(each).items())) for each in values), key=str)
    return {f"{typed[0][0] if typed else 'S'}S": [each for _, each in typed]}


def _number(value: float | Decimal) -> str:
    try:
        return canonical_json(value).decode()
    except TypeError:  # no table holds it: not a number, or infinite
        return str(value)
