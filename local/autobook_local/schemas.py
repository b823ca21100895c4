"""The JSON Schema of each event type: `python -m autobook_local.schemas` writes docs/schemas/ from the models."""

import json
from pathlib import Path
from typing import Any

from autobook.domain.event_data import DATA
from autobook.domain.event_types import EventType, data_schema, published_name
from autobook.domain.events import Event

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "schemas"


def schema(type_: EventType) -> dict[str, Any]:
    """JSON Schema (2020-12) of a whole event of this type, envelope and data."""
    envelope = Event.model_json_schema(mode="serialization")
    # What has a default may be left out, and is, where it has nothing to say.
    data = DATA[type_].model_json_schema(mode="validation")
    properties = envelope["properties"] | {
        "type": {"const": published_name(type_)},
        "dataschema": {"const": data_schema(type_)},
        "data": {"$ref": "#/$defs/data"},
    }
    definitions = data.pop("$defs", {}) | {"data": data}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:autobook:event:{type_}",
        "title": published_name(type_),
        "description": "An event of Autobook: CloudEvents 1.0, structured JSON.",
        "type": "object",
        "properties": properties,
        # What the envelope has a default for is always written; a reader may rely on it.
        "required": sorted(properties.keys() - {"traceparent"}),
        "$defs": dict(sorted(definitions.items())),
    }


def files() -> dict[str, str]:
    """File name to content, for every event type."""
    return {f"{type_}.schema.json": json.dumps(schema(type_), indent=2) + "\n" for type_ in DATA}


def main() -> None:
    """Write every schema, and remove those of types that are no more."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = files()
    for stale in FOLDER.glob("*.schema.json"):
        if stale.name not in wanted:
            stale.unlink()
    for name, content in wanted.items():
        (FOLDER / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
