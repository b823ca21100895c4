"""Parameters of an export that a person writes as one JSON object, read strictly."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pydantic import ValidationError


def parameters_of[P](model: Callable[..., P], text: str, example: str, **given: Any) -> P:
    """`model` made of the object's fields and of those that are `given`. ValueError that names what is wrong."""
    fields = json.loads(text, parse_float=Decimal)
    if not isinstance(fields, dict):
        raise ValueError(f"not a JSON object such as {example}")
    plain = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    if taken := plain.keys() & given.keys():
        raise ValueError(f"{', '.join(sorted(taken))}: set elsewhere")
    try:
        return model(**(plain | given))
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError("; ".join(faults)) from None
