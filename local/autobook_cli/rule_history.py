"""`autobook rules history`: every version of a rule, and what changed between them."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

import typer

from autobook.adapters.s3_rule_history import S3RuleHistory
from autobook.domain.rule_history import HistoryEntry, history_name
from autobook_cli.console import plain, progress, say, say_json
from autobook_cli.formats import exact_json
from autobook_cli.options import Profile, Region, Stack, one_line_errors
from autobook_cli.rule_differences import differences, fitting
from autobook_cli.target import NoTarget, target

_SLOW = 50
"""Versions that take long enough for a bar."""


def history(
    rule_id: Annotated[str, typer.Argument(help="The rule's name (rule_id); of a deleted one, too.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs instead of text.")] = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Show every version of a rule as the archive keeps it, in the order of time, and what changed.

    Exit code 0: versions. 2: there is no such rule in the archive, or it cannot be read.
    """
    with one_line_errors():
        where = target(stack, profile, region)
        bucket = where.resources.get("ArchiveBucket")
        if bucket is None:
            raise NoTarget(f"the stack {where.stack_name} has no archive bucket")
        entries = _entries(S3RuleHistory(where.client("s3"), bucket), rule_id)
    if as_json:
        say_json(exact_json.write([_data(entry) for entry in entries]))
        return
    for line in _lines(rule_id, entries):
        say(line)


def _entries(kept: S3RuleHistory, rule_id: str) -> list[HistoryEntry]:
    keys = list(kept.entry_keys(history_name(rule_id)))
    if not keys:
        raise NoTarget(f"the archive has no version of a rule {rule_id}")
    entries = []
    with progress("reading versions", show=len(keys) >= _SLOW) as on_progress:
        for number, key in enumerate(keys, 1):
            entries.append(kept.entry(key))
            on_progress(number, len(keys))
    return entries


def _data(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "rule_id": entry.rule_id,
        "at": entry.at.isoformat(),
        "change": entry.change,
        "version": entry.version,
        "owner": entry.owner,
        "item": None if entry.item is None else _fields(entry),
        "typed_item": entry.item,
    }


def _fields(entry: HistoryEntry) -> Mapping[str, Any]:
    """The attributes as people read them, in a form that JSON has."""
    return {name: _readable(value) for name, value in (entry.item or {}).items() if name != "rule_id"}


def _readable(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "NULL":
            return None
        case "L":
            return [_readable(each) for each in content]
        case "M":
            return {name: _readable(each) for name, each in content.items()}
        case "SS":
            return sorted(content)
        case "N":
            return Decimal(content)
    return content


def _lines(rule_id: str, entries: Sequence[HistoryEntry]) -> Iterator[str]:
    """Each version that differs from the one before, with its differences; 80 columns."""
    pairs = zip(entries, [None, *entries], strict=False)
    versions = [entry for entry, previous in pairs if previous is None or entry.version != previous.version]
    yield f"{plain(rule_id)}  {len(versions):,} version{'' if len(versions) == 1 else 's'}"
    before: Mapping[str, Any] = {}
    for entry in versions:
        name = "" if entry.item is None else f"{entry.version}  "
        owner = f"  owner {entry.owner}" if entry.owner else ""
        change = _CHANGES[entry.change, entry.item is None]
        yield from fitting(f"{entry.at:%Y-%m-%d %H:%M:%S} UTC  {name}{change}{owner}")
        fields = _fields(entry)
        if entry.item is not None:
            yield from differences(before, fields)
        before = fields


_CHANGES: Mapping[tuple[str, bool], str] = {
    ("saved", False): "saved",
    ("deleted", True): "deleted",
    ("found", False): "found (saved while nobody looked)",
    ("found", True): "found deleted",
    ("in_force", False): "in force",
}
