"""Rules and invoices from files on a person's machine, or from standard input: JSON, YAML or CSV."""

import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from autobook.domain.kanbert import IncomingInvoice
from autobook_cli.formats import Malformed, core_yaml, csv_table, exact_json
from autobook_cli.formats.dynamodb_json import plain

STANDARD_INPUT = Path("-")
PULLED = "pulled_version"
"""The attribute by which a file says what `rules pull` found in the table; no part of the rule."""
MAX_BYTES = 64 * 2**20
"""Largest file that is read; it would hold some 100,000 rules."""

Format = Literal["json", "yaml", "csv"]
FORMATS: dict[str, Format] = {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".csv": "csv"}
"""By the ending of a file's name."""


class Unreadable(Exception):
    """A file that cannot be used; `str(error)` is one line for people."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"{display_name(path)}: {problem}")


@dataclass(frozen=True, slots=True)
class _Document:
    format: Format
    content: Any


def display_name(path: Path) -> str:
    """The file as messages name it."""
    return "standard input" if path == STANDARD_INPUT else str(path)


def read_rules(path: Path) -> list[dict[str, Any]]:
    """The rule items of a file, as `read_pulled_rules` finds them, without what `rules pull` noted there."""
    return [{name: value for name, value in item.items() if name != PULLED} for item in read_pulled_rules(path)]


def read_pulled_rules(path: Path) -> list[dict[str, Any]]:
    """The rule items of a file: a list, or `{"rules": […]}`; DynamoDB's typed JSON (an export) as well.

    A `rule_id` that is a number is taken as text (the table's key is one). In YAML this holds for every attribute but
    `when`, so that codes stay as they are written. Raises Unreadable.
    """
    document = _read(path)
    items = document.content
    if isinstance(items, dict):
        items = items.get("rules", items.get("Items", [items]))
    if not isinstance(items, list):
        raise Unreadable(path, "expected a list of rules")
    if document.format == "csv" and items and not any("rule_id" in row for row in items):
        raise Unreadable(path, "no row has a rule_id: the first line must name the columns: rule_id, when, …")
    return [_item(path, number, item, document.format) for number, item in enumerate(items, start=1)]


def _item(path: Path, number: int, item: Any, written_in: Format) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise Unreadable(path, f"expected a list of rules, but entry {number} is none")
    try:
        found = plain(item)
    except Malformed as error:
        raise Unreadable(path, f"rule {number}: {error}") from None
    if written_in == "yaml":
        return {name: value if name == "when" else _as_written(value) for name, value in found.items()}
    if written_in == "csv" and str(found.get("tags", "")).startswith("["):
        found["tags"] = _listed(found["tags"])
    rule_id = found.get("rule_id")
    if isinstance(rule_id, int | Decimal) and not isinstance(rule_id, bool):
        found["rule_id"] = str(rule_id)
    return found


def _listed(cell: str) -> Any:
    """The list that a cell spells, as `rules pull` writes one whose texts have commas in them."""
    try:
        return exact_json.read(cell)
    except Malformed:
        return cell


def _as_written(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_written(each) for each in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return core_yaml.as_written(value)
    return value


def read_invoices(path: Path) -> list[IncomingInvoice]:
    """The invoices of a file, as `read_invoice_items` finds them. Unreadable if one of them cannot be read."""
    return [_invoice(path, number, item) for number, item in enumerate(read_invoice_items(path), start=1)]


def read_invoice_items(path: Path) -> list[Any]:
    """What a file holds, undecoded: one invoice, a list, or a list response (`{"data": […]}`). Or Unreadable."""
    content = _read(path).content
    if isinstance(content, dict):
        content = content.get("data", content)
        content = content if isinstance(content, list) else [content]
    if not isinstance(content, list):
        raise Unreadable(path, "expected an invoice or a list of invoices")
    return content


def _invoice(path: Path, number: int, item: Any) -> IncomingInvoice:
    try:
        return read_invoice(item)
    except ValueError as error:
        raise Unreadable(path, f"invoice {number}: {error}") from None


def read_invoice(item: Any) -> IncomingInvoice:
    """The invoice of an undecoded one. ValueError, with the place, where it cannot be read."""
    try:
        return IncomingInvoice.model_validate(item)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ValueError(f"{place or 'it'}: {first['msg']}") from None


def format_of(path: Path, text: str) -> Format:
    """By the name's ending, otherwise by what is in it."""
    return FORMATS.get(path.suffix.lower()) or _looks_like(text)


def _read(path: Path) -> _Document:
    text = read_text(path)
    form = format_of(path, text)
    try:
        match form:
            case "yaml":
                return _Document(form, core_yaml.read(text))
            case "csv":
                return _Document(form, csv_table.read(text))
            case "json":
                return _Document(form, exact_json.read(text))
    except Malformed as error:
        raise Unreadable(path, str(error)) from None


def read_text(path: Path) -> str:
    """The file's text. Unreadable if there is none that can be used."""
    try:
        if path == STANDARD_INPUT:
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        reason = error.strerror if isinstance(error, OSError) else None
        raise Unreadable(path, (reason or "cannot be read").lower()) from None
    if len(content) > MAX_BYTES:
        raise Unreadable(path, f"larger than {MAX_BYTES // 2**20} MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(path, 'not a text in UTF-8 (spreadsheets: save as "CSV UTF-8")') from None
    if "\0" in text:
        raise Unreadable(path, "not a text in UTF-8: it holds NUL characters")
    if not text.strip():
        raise Unreadable(path, "there is nothing in it")
    return text


def _looks_like(text: str) -> Format:
    """The format of a text with an unknown ending: JSON by its first character, CSV by its names, otherwise YAML."""
    start = text.lstrip()
    if start.startswith(("[", "{")):
        return "json"
    first = start.split("\n", 1)[0].strip()
    names = {name.strip(' "') for name in first.replace(";", ",").replace("\t", ",").split(",")}
    return "csv" if "rule_id" in names or first.lower().startswith(("sep=", '"sep=')) else "yaml"
