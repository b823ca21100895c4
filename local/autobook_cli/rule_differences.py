"""What changed between two versions of a rule, attribute by attribute, for people."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from autobook.domain.canonical import canonical_json
from autobook_cli.console import plain

_WIDTH = 80
"""Columns of a terminal."""
_LONGEST_NAME = 20
_MISSING = object()


def changed_names(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The attributes that differ, sorted."""
    return sorted(
        name for name in {*before, *after} if before.get(name, _MISSING) != after.get(name, _MISSING)
    )  # fmt: skip


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """A line (or several, of 80 columns) for each attribute that differs."""
    names = changed_names(before, after)
    width = min(max(map(len, names), default=0), _LONGEST_NAME)
    for name in names:
        old, new = (_text(fields[name]) if name in fields else "(none)" for fields in (before, after))
        if old == new:  # a number that becomes a text, say
            old, new = (canonical_json(fields[name]).decode() for fields in (before, after))
        yield from fitting(f"    {name:<{width}}  {new if name not in before else f'{old} → {new}'}", "        ")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else canonical_json(value).decode()


def fitting(text: str, indent: str = "    ") -> list[str]:
    """On as many lines as it takes."""
    start = len(text) - len(text.lstrip())
    wrapped = textwrap.wrap(
        plain(text).strip(), _WIDTH, initial_indent=" " * start, subsequent_indent=indent, drop_whitespace=True
    )
    return wrapped or [""]
