"""A file after a push: it says of each rule which version the table has now. The rules in it are not touched."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from autobook_cli.formats import Malformed, core_yaml, csv_table, exact_json
from autobook_cli.live_rules.spelling import spelled
from autobook_cli.rule_files import PULLED, Format


def with_versions(text: str, form: Format, versions: Mapping[str, str]) -> str | None:
    """The text with these `pulled_version`s, by rule. None where it cannot be, without changing what the file says.

    YAML keeps its comments and its layout. JSON and CSV have none that count, and are written anew.
    """
    try:
        match form:
            case "yaml":
                changed = _in_yaml(text, versions)
            case "csv":
                changed = _in_csv(text, versions)
            case "json":
                changed = _in_json(text, versions)
        return changed if _rules(form, changed) == _rules(form, text) else None
    except (Malformed, yaml.YAMLError, AttributeError, IndexError, TypeError):  # written in a way that is not foreseen
        return None


def _rules(form: Format, text: str) -> list[Any]:
    """What the text says, but for the versions."""
    read = {"yaml": core_yaml.read, "csv": csv_table.read, "json": exact_json.read}[form]
    items = _listed(read(text.removeprefix("\ufeff")))
    return [{name: value for name, value in item.items() if name != PULLED} for item in items]


def _listed(document: Any) -> list[Any]:
    items = document.get("rules", [document]) if isinstance(document, dict) else document
    return list(items)


def misread_rule(text: str, form: Format, rules: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The first of these rules of a table that the text does not have as it is; None where it has them all."""
    try:
        found = {str(item.get("rule_id")): spelled(item) for item in _rules(form, text)}
    except Malformed:
        found = {}
    return next((rule_id for rule_id, item in rules.items() if found.get(rule_id) != spelled(item)), None)


def _in_json(text: str, versions: Mapping[str, str]) -> str:
    document = exact_json.read(text)
    for item in _listed(document):
        if (version := versions.get(str(item.get("rule_id")))) is not None:
            item[PULLED] = version
    return exact_json.write(document) + "\n"


def _in_csv(text: str, versions: Mapping[str, str]) -> str:
    rows = csv_table.read(text)
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name != PULLED]
    for row in rows:
        if (version := versions.get(row.get("rule_id", ""))) is not None:
            row[PULLED] = version
    return csv_table.write([*names, PULLED], rows)


def _in_yaml(text: str, versions: Mapping[str, str]) -> str:
    """In the place of what stands there; otherwise in a line of its own below `rule_id`, or within braces behind it."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for start, end, new in sorted(_edits(root, text, versions), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _edits(root: Any, text: str, versions: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    for rule in _mappings(root):
        named = {key.value: (key, value) for key, value in rule.value}
        if "rule_id" not in named or named["rule_id"][1].value not in versions:
            continue
        key, value = named["rule_id"]
        version = versions[value.value]
        if PULLED in named:
            _, former = named[PULLED]
            yield former.start_mark.index, former.end_mark.index, f'"{version}"'
        elif rule.flow_style:
            yield value.end_mark.index, value.end_mark.index, f', {PULLED}: "{version}"'
        else:
            line_end = text.find("\n", value.end_mark.index)
            line_end = len(text) if line_end < 0 else line_end
            yield line_end, line_end, f'\n{" " * key.start_mark.column}{PULLED}: "{version}"'


def _mappings(root: Any) -> list[Any]:
    """The rules of a list, of `rules: […]`, or the only one."""
    if isinstance(root, yaml.MappingNode):
        listed = [value for key, value in root.value if key.value == "rules"]
        return _mappings(listed[0]) if listed else [root]
    return [each for each in root.value if isinstance(each, yaml.MappingNode)]
