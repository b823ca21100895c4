"""What a file says of a rule's origin: `pulled_version`, which `rules pull` writes and `rules push` compares."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from autobook.domain.canonical import canonical_json, sha256
from autobook.domain.rules import rule_version
from autobook_cli.live_rules.spelling import spelled

_FORM: Final = re.compile(r"'?([0-9a-f]{16})-([0-9a-f]{8})-([0-9a-f]{4})")


@dataclass(frozen=True, slots=True)
class PulledVersion:
    """`9f2c6a1d0b3e4f58-1a2b3c4d-77aa`: the version in the table, what the file then said, and which table it was."""

    version: str
    spelling: str
    table: str

    @classmethod
    def of(cls, item: Mapping[str, Any], table: str) -> Self:
        """The version of an item of the table."""
        return cls(rule_version(item), spelling_of(item), table_mark(table))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None where it says nothing that can be used."""
        found = _FORM.fullmatch(text.strip())
        return cls(*found.groups()) if found else None

    def __str__(self) -> str:
        return f"{self.version}-{self.spelling}-{self.table}"


def spelling_of(item: Mapping[str, Any]) -> str:
    """A hash of what a rule says, the same for the item in the table and for the one in a file."""
    return sha256(canonical_json(spelled(item)))[:8]


def table_mark(table: str) -> str:
    """A hash of the table's name: stacks have tables of different names."""
    return sha256(table.encode())[:4]
