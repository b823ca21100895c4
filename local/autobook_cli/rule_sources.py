"""The rules of one or several files, each with its place there, and the problems of files and rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from autobook.domain.rules import Rule, RuleError
from autobook_cli.console import plain
from autobook_cli.rule_files import PULLED, Unreadable, display_name, read_pulled_rules


@dataclass(frozen=True, slots=True)
class Source:
    """A rule item and where it stands."""

    path: Path
    number: int
    """From 1, in its file."""
    item: dict[str, Any]
    pulled_version: str = ""
    """What `rules pull` noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A broken rule, or a file that cannot be used. `path` is None for the rules of a stack."""

    path: Path | None
    message: str
    text: str
    """The whole report for a terminal, without the file. Its line ends are ours, whatever the rule holds."""
    number: int | None = None
    rule_id: str | None = None
    attribute: str | None = None
    line: int | None = None
    column: int | None = None

    @classmethod
    def broken(cls, source: Source, error: RuleError) -> Self:
        """A rule that cannot be used; one without a name goes by its number."""
        named = error if error.rule_id else RuleError.about(error, f"rule {source.number}", error.attribute)
        return cls(
            path=source.path, number=source.number, rule_id=error.rule_id or None, attribute=error.attribute,
            message=error.message, line=error.line, column=error.column, text=_rendered(named),
        )  # fmt: skip

    @classmethod
    def unreadable(cls, error: Unreadable) -> Self:
        """A file that cannot be used."""
        return cls(path=error.path, message=error.problem, text=plain(error.problem))

    @classmethod
    def of_stack(cls, error: RuleError) -> Self:
        """A rule of a stack's table."""
        return cls(
            path=None, rule_id=error.rule_id or None, attribute=error.attribute, message=error.message,
            line=error.line, column=error.column, text=_rendered(error),
        )  # fmt: skip

    @classmethod
    def of_stack_itself(cls, message: str) -> Self:
        """Something about a stack that could not be had."""
        return cls(path=None, message=message, text=plain(message))

    @property
    def located(self) -> str:
        """The report with the file's name before it."""
        if self.path is None:
            return self.text
        return f"{plain(display_name(self.path))}: {self.text}"

    def as_data(self) -> dict[str, Any]:
        """As JSON-ready data."""
        return {
            "file": str(self.path) if self.path else None, "number": self.number, "rule_id": self.rule_id,
            "attribute": self.attribute, "message": self.message, "line": self.line, "column": self.column,
            "text": self.located,
        }  # fmt: skip


def _rendered(error: RuleError) -> str:
    """The report with its caret below, made of visible characters; what comes before is one line."""
    report = error.render()
    caret = "".join(f"\n    {line}" for line in error.caret().splitlines())
    return plain(report.removesuffix(caret)) + caret


@dataclass(frozen=True, slots=True)
class Sources:
    """What the files hold. Of rules with one `rule_id` the first stands, the others are broken."""

    paths: list[Path]
    total: int
    """Rules in the files, the broken ones included."""
    usable: list[Source]
    """One item for each `rule_id`; whether it is sound is not looked at yet."""
    broken: list[Problem]
    unreadable: list[Problem]

    def in_order(self, more: Iterable[Problem]) -> list[Problem]:
        """The broken rules, these included, as they stand in the files."""
        places: dict[Path | None, int] = {path: place for place, path in enumerate(self.paths)}
        return sorted([*self.broken, *more], key=lambda each: (places[each.path], each.number or 0))


def read_sources(*files: Path) -> Sources:
    """All of these files, each once; one that cannot be read does not keep the others from being looked at."""
    paths = list(dict.fromkeys(files))
    found: list[Source] = []
    unreadable: list[Problem] = []
    for path in paths:
        try:
            found += [_source(path, number, item) for number, item in enumerate(read_pulled_rules(path), start=1)]
        except Unreadable as error:
            unreadable.append(Problem.unreadable(error))
    first: dict[str, Source] = {}
    broken: list[Problem] = []
    for source in found:
        rule_id = source.item.get("rule_id")
        if isinstance(rule_id, str) and rule_id.strip():
            if first.setdefault(rule_id, source) is not source:
                broken.append(Problem.broken(source, _used_twice(rule_id, first[rule_id], source)))
        else:
            broken.extend(_nameless(source))
    return Sources(paths, len(found), list(first.values()), broken, unreadable)


def _source(path: Path, number: int, item: dict[str, Any]) -> Source:
    rule = {name: value for name, value in item.items() if name != PULLED}
    return Source(path, number, rule, str(item.get(PULLED) or ""))


def _nameless(source: Source) -> Iterator[Problem]:
    """What is wrong with a rule that has no usable `rule_id`: that, in the words of the rules themselves."""
    try:
        Rule.from_item(source.item)
    except RuleError as error:
        yield Problem.broken(source, error)


def _used_twice(rule_id: str, first: Source, again: Source) -> RuleError:
    place = f"rule {first.number}" if first.path == again.path else display_name(first.path)
    return RuleError(
        "this rule_id is used twice",
        hint=f"it is already in {place}, which stands",
        attribute="rule_id",
        rule_id=rule_id,
    )
