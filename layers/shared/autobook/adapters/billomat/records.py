"""Elements as models: names with `-` as names with `_`, nested elements as mappings, empty ones as None."""

from typing import Any

from pydantic import BaseModel, ValidationError

from autobook.adapters.billomat.xml import Element
from autobook.domain.documents import Unreadable

_MOST_FAULTS = 5
"""Fields that a reason names."""


def plain(element: Element) -> dict[str, Any]:
    """The children by name; of several with one name the last."""
    return {child.name.replace("-", "_"): _value(child) for child in element.children}


def _value(element: Element) -> Any:
    if element.children:
        return plain(element)
    return element.text or None


def read[M: BaseModel](model: type[M], element: Element) -> M | Unreadable:
    """The model of an element, or why there is none."""
    fields = plain(element)
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)[:_MOST_FAULTS]
        reasons = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in faults)
        identifier = fields.get("id")
        known = identifier if isinstance(identifier, str) else None
        return Unreadable(known, f"{model.__name__} {known or 'without an id'} is unreadable: {reasons}", fields)
