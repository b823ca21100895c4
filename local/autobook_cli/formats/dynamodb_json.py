"""DynamoDB's typed items (`{"rule_id": {"S": "hosting"}, …}`), as its exports and its command line write them."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from autobook_cli.formats import Malformed

_TYPES = frozenset(("S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"))


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item out of the typed form, if it is in it. Malformed if a value does not fit its type."""
    wrapped = item.get("Item") if len(item) == 1 else None
    attributes = wrapped if isinstance(wrapped, Mapping) else item
    if not (attributes and all(_is_typed(value) for value in attributes.values())):
        return dict(attributes)
    return {name: _value(name, value) for name, value in attributes.items()}


def _is_typed(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and value.keys() <= _TYPES


def _value(name: str, value: Any) -> Any:
    try:
        return TypeDeserializer().deserialize(value)
    except RecursionError:
        raise Malformed(f"{name}: nested too deep") from None
    # What TypeDeserializer raises is not documented: it takes for granted that the item came from DynamoDB.
    except (ArithmeticError, AttributeError, TypeError, ValueError):
        (kind,) = value
        raise Malformed(f'{name}: the value does not fit its DynamoDB type "{kind}"') from None
