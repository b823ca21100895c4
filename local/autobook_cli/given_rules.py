"""The rules that `check`, `try` and `explain` are about: of files, or of a stack, where Kanbert is asked for codes."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from autobook.domain.conditions import EARLIEST, LATEST
from autobook.domain.rules import Rule
from autobook.rule_analysis import Examination, Finding, parsed
from autobook_cli.console import progress, say, say_lines
from autobook_cli.live_rules import check_codes
from autobook_cli.rule_files import display_name
from autobook_cli.rule_output import wrapped
from autobook_cli.rule_sources import Problem, Sources, read_sources
from autobook_cli.stack_rules import stack_rules
from autobook_cli.target import NoTarget
from autobook_cli.use_cases import RulesOfStack

ANY_FILE = 'JSON, YAML or CSV by the name\'s ending, otherwise by what is in it; "-" reads standard input.'
Rules = Annotated[
    Path | None,
    typer.Option("--rules", help=f"Rules, one item each as in the table; without it those of a stack. {ANY_FILE}"),
]
Zone = Annotated[str, typer.Option("--timezone", help="Time zone of dates, today and now; a stack has its own.")]
Now = Annotated[
    datetime | None,
    typer.Option(
        help="Take this as the present (local time), e.g. 2026-01-31.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
    ),
]
VIENNA = "Europe/Vienna"
BROKEN, UNUSABLE = 1, 2
"""Exit codes: at least one rule is broken; a file could not be read, or the command makes no sense."""
SLOW = 20
"""Codes to be looked up that take long enough for a bar."""


@dataclass(frozen=True, slots=True)
class GivenRules:
    """Rules, each read for itself, and what is wrong with those that are broken. `stack` is None for files."""

    read: Examination
    broken: list[Problem]
    unusable: list[Problem]
    """Files that cannot be read."""
    total: int
    zone: ZoneInfo
    place: str
    """Where they come from, for people."""
    stack: RulesOfStack | None = None
    file: Path | None = None
    """The first one, of files."""

    def codes(self, rules: Sequence[Rule], now: datetime) -> tuple[list[Problem], list[Finding], list[Problem]]:
        """The codes of these, on a stack: errors, warnings, and why some could not be looked up."""
        if self.stack is None:
            return [], [], []
        with progress("looking up codes", show=len(rules) >= SLOW) as on_progress:
            found = check_codes(rules, self.stack.codes, now, self.zone, on_progress)
        unchecked = [Problem.of_stack_itself(found.unchecked)] if found.unchecked else []
        return [Problem.of_stack(error) for error in found.errors], found.warnings, unchecked


@contextmanager
def given_rules(
    files: Sequence[Path], timezone: str, stack: str | None, profile: str | None, region: str | None
) -> Iterator[GivenRules]:
    """The rules of the files, or of a stack where there is none. NoTarget where that makes no sense."""
    if files:
        if stack is not None:
            raise NoTarget("take --stack or files of rules, not both")
        yield _of_files(read_sources(*files), zone_named(timezone))
        return
    with stack_rules(stack, profile, region) as live:
        yield _of_stack(live)


def _of_files(sources: Sources, zone: ZoneInfo) -> GivenRules:
    by_id = {source.item["rule_id"]: source for source in sources.usable}
    read = parsed((source.item for source in sources.usable), timezone=zone)
    broken = sources.in_order(Problem.broken(by_id[error.rule_id], error) for error in read.rules.errors)
    place = ", ".join(map(display_name, sources.paths))
    return GivenRules(read, broken, sources.unreadable, sources.total, zone, place, file=sources.paths[0])


def _of_stack(live: RulesOfStack) -> GivenRules:
    items = live.table.read()
    read = parsed(items.values(), timezone=live.zone, held=live.held)
    broken = [Problem.of_stack(error) for error in read.rules.errors]
    return GivenRules(read, broken, [], len(read.rules) + len(broken), live.zone, live.place, live)


def zone_named(name: str) -> ZoneInfo:
    """The time zone. NoTarget where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise NoTarget(f'unknown time zone "{name}"; write e.g. {VIENNA}') from None


def present(now: datetime | None, zone: ZoneInfo) -> datetime:
    """The moment that is asked for, or this one."""
    if now is None:
        return datetime.now(UTC)
    if not EARLIEST <= now.year <= LATEST:
        raise NoTarget(f"--now must be in the years {EARLIEST} to {LATEST}")
    return now.replace(tzinfo=zone)


def say_brake(read: Examination) -> None:
    """That the rules are held at `suggest`, where they are."""
    if read.rules.brake.is_on:
        for line in wrapped(read.rules.brake.message):
            say(line)


def report_unusable(problems: Iterable[Problem]) -> None:
    """What could not be read, on standard error."""
    for problem in problems:
        say_lines(f"autobook: {problem.located}", err=True)


def end(unusable: Sequence[Problem], broken: Sequence[Problem]) -> None:
    """End with the exit code that says so."""
    if unusable or broken:
        raise typer.Exit(UNUSABLE if unusable else BROKEN)
