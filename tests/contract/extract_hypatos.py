"""Makes `hypatos.json`, the table of every field of `POST /enrichment/invoices`, from Hypatos' API reference.

    python -m tests.contract.extract_hypatos insertinvoice.md > tests/contract/hypatos.json

The page is hypatos.redocly.app/openapi/enrichment/insertinvoice.md (docs/hypatos-api.md); `git diff` then shows what
Hypatos changed. A field is written as ``- `name` (type, required) Description Example: … Enum: …``, on one line or
on several.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

_FIELD: Final = re.compile(
    r"- `(?P<name>[A-Za-z.]+)` \((?P<type>[^)]*)\)(?P<rest>.*?)(?=\s*- `[A-Za-z.]+` \(|\Z)", re.DOTALL
)
_PART: Final = re.compile(r"## (Request|Response (\d{3})) fields(?: \((?P<media>[^)]*)\))?:?")
_ENUM: Final = re.compile(r"Enum:(?P<values>.*)", re.DOTALL)


def operation(text: str) -> dict[str, Any]:
    """The operation that the page describes."""
    endpoint = re.search(r"Endpoint: ([A-Z]+) (\S+)", text)
    security = re.search(r"Security: (\S+)", text)
    version = re.search(r"Version: (\S+)", text)
    if endpoint is None or security is None or version is None:
        raise ValueError("the page names no endpoint, version or security")
    found: dict[str, Any] = {
        "method": endpoint[1],
        "path": endpoint[2],
        "version": version[1],
        "security": security[1],
        "request": {},
        "responses": {},
    }
    parts = list(_PART.finditer(text))
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        fields = _fields(text[part.end() : following.start() if following else len(text)])
        if part[2]:
            found["responses"][part[2]] = fields
        else:
            found["media_type"], found["request"] = part["media"], fields
    return found


def _fields(text: str) -> dict[str, str]:
    """Path to description, such as `string nullable required enum=AED,AFN`."""
    return {found["name"]: _described(found["type"], found["rest"]) for found in _FIELD.finditer(text)}


def _described(kind: str, rest: str) -> str:
    words = [each.strip() for each in kind.split(",")]
    described = [words[0]]
    described += ["nullable"] if "null" in words else []
    described += ["required"] if "required" in words else []
    if enum := _ENUM.search(rest):
        described.append("enum=" + ",".join(re.findall(r'"([^"]*)"', enum["values"])))
    return " ".join(described)


if __name__ == "__main__":
    json.dump(operation(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")
