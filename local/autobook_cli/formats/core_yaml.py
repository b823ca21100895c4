"""YAML as people mean it: codes keep their spelling. docs/decisions/yaml-reader.md says why we read it ourselves.

Of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema) we keep `null`, `true` and `false` and the
decimal numbers. Everything else without quotes is text, as it is written: `off`, `no`, `12:30`, `0x1F`, `7_380`,
`2026-01-31`; and, stricter than the schema, `0650` and `1E5` too, since these are codes more often than numbers.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from autobook_cli.formats import Malformed, whole

MAX_DEPTH = 300
"""Lists and mappings inside each other; the deepest condition, in DynamoDB's typed form, needs fewer."""
MAX_COPIES = 200_000
"""Values that aliases (`*name`) may stand for, all together."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?")
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_STANDARD = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset(_STANDARD + name for name in ("null", "bool", "int", "float", "seq", "map"))
_TEXT_TAGS = frozenset(("!", _STANDARD + "str", _STANDARD + "timestamp"))
_MERGE = "<<"


def read(text: str) -> Any:
    """The document: whole numbers are `int`, others `Decimal`, dates are text. Malformed if it cannot be used."""
    try:
        return _Builder().document(text)
    except yaml.MarkedYAMLError as error:
        raise Malformed(f"not valid YAML{_place(error.problem_mark)}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise Malformed(f"not valid YAML: {str(error).splitlines()[0]}") from None


def as_written(number: int | Decimal) -> str:
    """A number that `read` gave, as it stands in the file."""
    return f"{number:f}" if isinstance(number, Decimal) else str(number)


@dataclass(slots=True)
class _Open:
    """A list or mapping that is not complete yet."""

    anchor: str | None
    before: int
    """Values met before it."""
    is_mapping: bool
    entries: list[Any] = field(default_factory=list)
    members: dict[str, Any] = field(default_factory=dict)
    key: str | None = None
    """The key before the next value."""
    defaults: dict[str, Any] | None = None
    """What `<<` brings."""


class _Builder:
    """Takes the parser's events one by one, so that neither depth nor aliases cost more than they are long."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        """What each name stands for, and how many values that is."""
        self._values = 0
        """Values met so far; those behind an alias count each time."""
        self._copies = 0
        self._document: Any = None

    def document(self, text: str) -> Any:
        begun = False
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            match event:
                case yaml.DocumentStartEvent():
                    if begun:
                        raise _malformed("a second document begins, put all into one list,", event)
                    begun = True
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.CollectionStartEvent():
                    self._begin(event)
                case yaml.CollectionEndEvent():
                    self._end(event)
        return self._document

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if self._awaits_key():
            value = event.value
            self._key(value, event)
        else:
            value = _scalar_value(event)
            self._values += 1
            self._add(value, event)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)

    def _alias(self, event: yaml.AliasEvent) -> None:
        if self._awaits_key():
            raise _malformed("a key must be a text", event)
        name = event.anchor or ""
        if name not in self._anchors:
            raise _malformed(f"*{name[:40]} stands for nothing that ends before it", event)
        value, size = self._anchors[name]
        self._values += size
        self._copies += size
        if self._copies > MAX_COPIES:
            raise _malformed(f"aliases such as *{name[:40]} stand for more than {MAX_COPIES:,} values", event)
        self._add(value, event)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if self._awaits_key():
            raise _malformed("a key must be a text", event)
        _check_tag(event)
        if len(self._open) >= MAX_DEPTH:
            raise _malformed(f"nested more than {MAX_DEPTH} deep", event)
        self._open.append(_Open(event.anchor, self._values, isinstance(event, yaml.MappingStartEvent)))
        self._values += 1

    def _end(self, event: yaml.CollectionEndEvent) -> None:
        closed = self._open.pop()
        value: Any = (closed.defaults or {}) | closed.members if closed.is_mapping else closed.entries
        if closed.anchor is not None:
            self._anchors[closed.anchor] = (value, self._values - closed.before)
        self._add(value, event)

    def _awaits_key(self) -> bool:
        return bool(self._open) and self._open[-1].is_mapping and self._open[-1].key is None

    def _key(self, key: str, event: yaml.Event) -> None:
        within = self._open[-1]
        if key in within.members or (key == _MERGE and within.defaults is not None):
            raise _malformed(f'"{key[:60]}" stands twice in one mapping, again', event)
        within.key = key

    def _add(self, value: Any, event: yaml.Event) -> None:
        """A value that is complete goes where it stands."""
        if not self._open:
            self._document = value
            return
        within = self._open[-1]
        if within.key is None:
            within.entries.append(value)
        elif within.key == _MERGE:
            within.defaults = _defaults(value, event)
        else:
            within.members[within.key] = value
        within.key = None


def _scalar_value(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.tag in _TEXT_TAGS or (event.tag is None and not event.implicit[0]):
        return text
    _check_tag(event)
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if number := _NUMBER.fullmatch(text):
        return Decimal(text) if number[1] or text == "-0" else whole(text)
    return text


def _defaults(merged: Any, event: yaml.Event) -> dict[str, Any]:
    """What `<<` brings: one mapping, or several of which the first counts."""
    defaults: dict[str, Any] = {}
    for each in reversed(merged) if isinstance(merged, list) else [merged]:
        if not isinstance(each, dict):
            raise _malformed("<< takes a mapping such as *name, or a list of them,", event)
        defaults |= each
    return defaults


def _check_tag(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
    tag = event.tag
    if tag is not None and tag not in _PLAIN_TAGS:
        name = "!!" + tag.removeprefix(_STANDARD) if tag.startswith(_STANDARD) else tag
        raise _malformed(f"the tag {name[:60]} is not for rules or invoices", event)


def _malformed(problem: str, event: yaml.Event) -> Malformed:
    return Malformed(problem + _place(event.start_mark))


def _place(mark: Any) -> str:
    return f" at {mark.line + 1}:{mark.column + 1}" if mark else ""
