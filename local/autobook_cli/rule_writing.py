"""Rules as a file's text, in YAML, JSON or CSV: our own reader finds the same rules in each of them."""

import base64
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import yaml

from autobook.domain.rules import ATTRIBUTES, CHECK
from autobook_cli.console import plain_json, plain_lines
from autobook_cli.formats import Malformed, csv_table, exact_json
from autobook_cli.rule_files import PULLED, Format

_WIDTH: Final = 100
_SLOW_STEP: Final = 50
"""Rules between two steps of the bar."""
_LAST: Final = ("description", "owner")
ORDER: Final = (*(name for name in ATTRIBUTES if name not in (CHECK, *_LAST)), *_LAST)
"""Attributes in a file, what is for people last; any other comes behind them, and then what says what was pulled."""


def readable(value: Any) -> Any:
    """An attribute's value as people read it in a file: a set as a sorted list, bytes in Base64."""
    match value:
        case set() | frozenset():
            return sorted((readable(each) for each in value), key=str)
        case bytes():
            return base64.b64encode(value).decode()
        case Mapping():
            return {name: readable(each) for name, each in value.items()}
        case list() | tuple():
            return [readable(each) for each in value]
    return value


def in_order(item: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes as a person looks for them."""
    known = [name for name in ORDER if name in item]
    others = sorted(name for name in item if name not in ORDER and name != PULLED)
    return {name: item[name] for name in (*known, *others, *([PULLED] if PULLED in item else []))}


def rules_text(
    items: Sequence[Mapping[str, Any]],
    form: Format,
    head: str = "",
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> str:
    """The file. `head` is a comment, where the format has any. Malformed, with the rule, for what it cannot hold."""
    ordered = [in_order(item) for item in items]
    match form:
        case "json":
            return plain_json(exact_json.write(ordered)) + "\n"
        case "csv":
            return _table(ordered)
    if not ordered:
        return f"{head}[]\n"
    parts = [head]
    for number, item in enumerate(ordered, 1):
        parts.append(yaml_text([item]))
        if number % _SLOW_STEP == 0:
            on_progress(number, len(ordered))
    return "".join(parts)


# --- YAML --------------------------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """Writes numbers with all their digits, and a list that stands twice, twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _number(dumper: _Dumper, number: Decimal) -> yaml.Node:
    text = f"{number:f}"
    kind = "float" if "." in text else "int"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{kind}", text)


_Dumper.add_representer(Decimal, _number)


def yaml_text(items: list[dict[str, Any]]) -> str:
    """The rules. A text that an editor would show as another than it is stands there in escapes."""

    def written(*, allow_unicode: bool) -> str:
        text: str = yaml.dump(items, Dumper=_Dumper, allow_unicode=allow_unicode, sort_keys=False, width=_WIDTH)
        return text

    text = written(allow_unicode=True)
    return text if plain_lines(text) == text else written(allow_unicode=False)


# --- CSV ---------------------------------------------------------------------------------------------------------


def _table(items: Sequence[Mapping[str, Any]]) -> str:
    found = {name for item in items for name in item}
    names = list(in_order(dict.fromkeys(found | {"rule_id", "when"})))
    for name in names:
        if name.strip() != name or not name or "\0" in name:
            raise Malformed(f"CSV has no column for the attribute {name!r}: take YAML or JSON")
    return csv_table.write(names, [_row(item) for item in items])


def _row(item: Mapping[str, Any]) -> dict[str, str]:
    row = {name: _cell(name, value) for name, value in item.items()}
    for name, cell in row.items():
        if "\0" in cell:
            raise Malformed(f"rule {item['rule_id']}: {name} has a NUL character, which CSV cannot hold: take YAML")
    return row


def _cell(name: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal() | int():
            return f"{value:f}"
        case str():
            return value
        case list() if name == "tags" and value and all(isinstance(tag, str) and _is_plain(tag) for tag in value):
            return ", ".join(value)
    return "".join(line.lstrip(" ") for line in exact_json.write(value).split("\n"))


def _is_plain(tag: str) -> bool:
    """True for a tag that stands for itself between commas."""
    return bool(tag) and tag == tag.strip() and "," not in tag and tag[0] not in "[{"
