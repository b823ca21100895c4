"""The schemas of the events, made from their models: `python -m autobook_local.schemas` writes them.

docs/schemas has a JSON Schema for each type, docs/asyncapi.json the AsyncAPI document of the topic. docs/schemas/v1 is
what was released last: `python -m autobook_local.schemas release` replaces it, unless a consumer would be broken.
"""

import json
import sys
from pathlib import Path
from typing import Any

from autobook.domain.event_data import DATA
from autobook.domain.event_types import VERSION, EventType, data_schema, published_name
from autobook.domain.events import Event, subject_pattern
from autobook_cli.console import say
from autobook_local.asyncapi import asyncapi
from autobook_local.compatibility import incompatibilities

DOCS = Path(__file__).resolve().parents[2] / "docs"
FOLDER = DOCS / "schemas"
RELEASED = FOLDER / f"v{VERSION}"


def schema(type_: EventType) -> dict[str, Any]:
    """JSON Schema (2020-12) of a whole event of this type, envelope and data."""
    envelope = Event.model_json_schema(mode="serialization")
    properties = envelope["properties"] | {
        "type": {"const": published_name(type_)},
        "dataschema": {"const": data_schema(type_)},
        "subject": envelope["properties"]["subject"] | {"pattern": subject_pattern(type_)},
        "data": {"$ref": data_schema(type_)},
    }
    properties["traceparent"] = {"type": "string", "pattern": _pattern(properties["traceparent"])}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:autobook:event:{type_}:{VERSION}",
        "title": published_name(type_),
        "description": "An event of Autobook: CloudEvents 1.0, structured JSON.",
        "type": "object",
        "properties": properties,
        # What the envelope has a default for is always written; a reader may rely on it.
        "required": sorted(properties.keys() - {"traceparent"}),
        # What has a default may be left out, and is, where it has nothing to say.
        "$defs": {"data": {"$id": data_schema(type_), **DATA[type_].model_json_schema(mode="validation")}},
    }


def _pattern(optional: dict[str, Any]) -> str:
    return str(next(each["pattern"] for each in optional["anyOf"] if "pattern" in each))


def schemas() -> dict[str, dict[str, Any]]:
    """File name to schema, for every type."""
    return {f"{type_}.schema.json": schema(type_) for type_ in DATA}


def files() -> dict[Path, str]:
    """Everything that is generated: path to content."""
    made = {FOLDER / name: each for name, each in schemas().items()}
    made[DOCS / "asyncapi.json"] = asyncapi({type_: schema(type_) for type_ in DATA})
    return {path: json.dumps(each, indent=2, ensure_ascii=False) + "\n" for path, each in made.items()}


def released() -> dict[str, dict[str, Any]]:
    """What was released last: file name to schema."""
    return {path.name: json.loads(path.read_text("utf-8")) for path in RELEASED.glob("*.schema.json")}


def write() -> None:
    """Write every file, and remove the schemas of types that are no more."""
    wanted = files()
    for stale in FOLDER.glob("*.schema.json"):
        if stale not in wanted:
            stale.unlink()
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def release() -> list[str]:
    """Make what the code has now the release that later changes are compared with. Returns why not, if so."""
    present = schemas()
    if broken := incompatibilities(released(), present):
        return broken
    RELEASED.mkdir(parents=True, exist_ok=True)
    for name, each in present.items():
        (RELEASED / name).write_text(json.dumps(each, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return []


def main(arguments: list[str]) -> int:
    """Write; with `release`, release as well. Returns the exit code."""
    if arguments not in ([], ["release"]):
        say("usage: python -m autobook_local.schemas [release]", err=True)
        return 2
    write()
    broken = release() if arguments else incompatibilities(released(), schemas())
    for each in broken:
        say(f"breaks consumers: {each}", err=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
