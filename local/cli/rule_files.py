"""Rules and invoices from files on a person's machine: JSON, YAML or CSV."""

import csv
import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from boto3.dynamodb.types import TypeDeserializer
from pydantic import ValidationError

from autobook.domain.invoice import IncomingInvoice

_DYNAMODB_TYPES = {"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"}


class Unreadable(Exception):
    """A file that cannot be used; `str(error)` is one line for people."""


def read_rules(path: Path) -> list[dict[str, Any]]:
    """The rule items of a file: a list, or `{"rules": […]}`; DynamoDB's typed JSON (an export) as well."""
    document = _read(path)
    if isinstance(document, dict):
        document = document.get("rules", document.get("Items", [document]))
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise Unreadable(f"{path}: expected a list of rules")
    return [_plain(item) for item in document]


def read_invoices(path: Path) -> list[IncomingInvoice]:
    """The invoices of a file: one, a list of them, or a list response of the API (`{"data": […]}`)."""
    document = _read(path)
    if isinstance(document, dict):
        document = document.get("data", document)
        document = document if isinstance(document, list) else [document]
    if not isinstance(document, list):
        raise Unreadable(f"{path}: expected an invoice or a list of invoices")
    return [_invoice(path, i, item) for i, item in enumerate(document)]


def _invoice(path: Path, index: int, item: Any) -> IncomingInvoice:
    try:
        return IncomingInvoice.model_validate(item)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise Unreadable(f"{path}: invoice {index + 1}: {place or 'it'}: {first['msg']}") from None


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unreadable(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{path}: not a text in UTF-8") from None
    try:
        match path.suffix.lower():
            case ".yaml" | ".yml":
                return _exact(yaml.safe_load(text))
            case ".csv":
                return _rows(text)
            case _:
                return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise Unreadable(f"{path}: not valid JSON at {error.lineno}:{error.colno}: {error.msg}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" at {mark.line + 1}:{mark.column + 1}" if mark else ""
        raise Unreadable(f"{path}: not valid YAML{place}: {error.problem}") from None
    except (yaml.YAMLError, csv.Error, ValueError, RecursionError, InvalidOperation) as error:
        raise Unreadable(f"{path}: {str(error).splitlines()[0] if str(error) else 'nested too deep'}") from None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")


def _rows(text: str) -> list[dict[str, str]]:
    """A table with the attributes' names in its first line; empty cells are left out."""
    lines = text.splitlines(keepends=True)
    if not lines:
        return []
    delimiter = ";" if lines[0].count(";") > lines[0].count(",") else ","
    rows: Iterable[dict[str | None, Any]] = csv.DictReader(lines, delimiter=delimiter, strict=True)
    found = []
    for number, row in enumerate(rows, start=2):
        if None in row:
            raise ValueError(f"row {number} has more cells than the first line names (quote texts with a {delimiter})")
        found.append({str(name).strip(): value for name, value in row.items() if value})
    return found


def _exact(node: Any) -> Any:
    """YAML's floats as the decimals they were written as."""
    if isinstance(node, float):
        return Decimal(str(node))
    if isinstance(node, dict):
        return {key if isinstance(key, str) else str(key): _exact(value) for key, value in node.items()}
    return [_exact(each) for each in node] if isinstance(node, list) else node


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    """An item out of DynamoDB's typed form, if it is in it."""
    item = item.get("Item", item) if len(item) == 1 else item
    typed = item and all(isinstance(v, dict) and len(v) == 1 and v.keys() <= _DYNAMODB_TYPES for v in item.values())
    if not typed:
        return item
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}
