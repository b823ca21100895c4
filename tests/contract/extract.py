"""Makes `kanbert.json`, the table of every operation and field, from Kanbert's API reference.

    python -m tests.contract.extract DIRECTORY > tests/contract/kanbert.json

The reference is on developers.kanbert.com, sections *Incoming Invoices* and *Outgoing Invoices* (docs/kanbert-api.md).
Save each section as plain text from the browser, as `incoming-invoices.txt` and `outgoing-invoices.txt` in DIRECTORY;
`git diff` then shows what Kanbert changed. The text glues a field's name to its type, as in
`data[].sum_netnumberrequired`, so a name ends where a type begins that reaches to the end of the line.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

PAGES = ("incoming-invoices.txt", "outgoing-invoices.txt")
_TYPE = (
    r"(?:string|number|integer|boolean|object|[A-Z][A-Za-z]+ \((?:object|string)\)"
    r"|Array of (?:objects|strings|[A-Z][A-Za-z]+ \(objects\)))"
)
_FIELD = re.compile(
    r"(?P<name>[a-z][A-Za-z0-9_\[\].]*?|sort|filter)"
    rf"(?P<type>{_TYPE}(?: or (?:null|object|boolean|integer))*)"
    r"(?P<note>(?:\([^()]*\))*)(?: or null)?(?P<constraint>(?:<?= ?\d+ characters)?)(?P<required>required)?"
)
_LIMIT = re.compile(r"(<?)= ?(\d+) characters")
_FILTER = re.compile(
    r"(?P<name>[a-z_.]+?)(?::string)?(?P<type>enum(?:<\w+>|: with, only, without)?|string|currency|boolean"
    r"|datetime|date|float|id<\w+>)(?P<operators>(?:in|eq)(?:, [a-z]+)*)$"
)
_RELATION = re.compile(r"- (?P<name>[a-z_.]+) \((?P<type>\w+)\)")
_CALL = re.compile(r"curl -i -X (?P<method>[A-Z]+)")
_URL = re.compile(r"https://api\.kanbert\.com/api/v1(?P<path>/[^\s'?]*)")
_ENUM = re.compile(r'(?:Enum|Value)((?:"[^"]*")+)')


def operations(text: str) -> list[dict[str, Any]]:
    """Every operation of a page, in its order."""
    return [_operation(section) for section in re.split(r"^Request$", text, flags=re.MULTILINE)[1:]]


def _operation(section: str) -> dict[str, Any]:
    asked, _, answered = section.partition("\nResponses\n")
    call, url = _CALL.search(asked), _URL.search(asked)
    assert call is not None
    assert url is not None
    scopes = re.search(r"Required scopes: ([^\n]+)", asked)
    return {
        "method": call["method"],
        "path": url["path"],
        "scopes": scopes[1].split(", ") if scopes else [],
        "sorts": _names(r"Available sorts are ([^\n]+?)\.\n", asked),
        "includes": _names(r"Available includes are ([^\n]+?)\. You", asked),
        "filters": _filters(asked),
        "query": sorted(_fields(_part(asked, "Query"))),
        "body": _fields(_part(asked, "Body")),
        "response": _fields(_part(answered, "Body")),
    }


def _part(text: str, heading: str) -> str:
    """From a heading to the next part."""
    found = re.search(rf"^{heading}\S*$", text, re.MULTILINE)
    if not found:
        return ""
    rest = text[found.end() :]
    end = re.search(r"^(?:Bodyapplication.*|Bodymultipart.*|curl -i.*|Response)$", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def _names(pattern: str, text: str) -> list[str]:
    found = re.search(pattern, text)
    return found[1].split(", ") if found else []


def _filters(text: str) -> dict[str, Any]:
    filters: dict[str, Any] = {}
    relation: dict[str, str] | None = None
    for line in _section(text, "FieldTypeOperators").splitlines():
        if named := re.fullmatch(r"([a-z_]+)Relation", line):
            relation = filters[named[1]] = {}
        elif (found := _RELATION.fullmatch(line)) and relation is not None:
            relation[found["name"]] = found["type"]
        elif found := _FILTER.fullmatch(line):
            kind = re.sub(r"[<:].*", "", found["type"])
            filters[found["name"]] = f"{kind}: {found['operators']}"
    return filters


def _section(text: str, heading: str) -> str:
    _, _, rest = text.partition(f"\n{heading}\n")
    return rest.partition("\n\n")[0]


def _fields(text: str) -> dict[str, str]:
    """Path to description, such as `string nullable required max=255 enum=Invoice,Credit`."""
    fields: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        if paging := re.match(r"page\[\w+\]|computed_fields\[alias\]", line):
            fields[paging[0]] = "string"
        elif found := _FIELD.fullmatch(line):
            last = found["name"].removeprefix("data[].")
            fields[last] = _described(found, line)
        elif (enum := _ENUM.fullmatch(line)) and last:
            allowed = ",".join(re.findall(r'"([^"]*)"', enum[1]))
            fields[last] += f" enum={allowed}"
    return fields


def _described(found: re.Match[str], line: str) -> str:
    bare = found["type"].removesuffix(" or null")
    kind = "date-time" if "date-time" in found["note"] else "array" if bare.startswith("Array") else bare
    kind = re.sub(r".*\((\w+)\).*", r"\1", kind)
    words = [kind]
    if " or null" in line:
        words.append("nullable")
    if found["required"]:
        words.append("required")
    if limit := _LIMIT.search(found["constraint"]):
        words.append(f"{'max' if limit[1] else 'length'}={limit[2]}")
    return " ".join(words)


def table(directory: Path) -> list[dict[str, Any]]:
    """The whole table."""
    return [each for page in PAGES for each in operations((directory / page).read_text(encoding="utf-8"))]


if __name__ == "__main__":
    json.dump(table(Path(sys.argv[1])), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")
