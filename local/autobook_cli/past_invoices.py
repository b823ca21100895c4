"""The options by which `rules backtest` and `rules suggest` are given past invoices, and the rules as they stand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from autobook.domain.documents import Unreadable
from autobook.domain.guards import Guards
from autobook.domain.rules import RuleSet
from autobook_cli.console import console, say
from autobook_cli.history import Entry, FileHistory, History
from autobook_cli.rule_sources import Problem, Sources, read_sources
from autobook_cli.target import NoTarget, target
from autobook_cli.use_cases import past_of

Since = Annotated[
    datetime,
    typer.Option(
        "--since",
        help="Invoices dated since this day (without a date: that came since), e.g. 2026-01-31.",
        formats=["%Y-%m-%d"],
    ),
]
Invoices = Annotated[
    list[Path] | None,
    typer.Option("--invoices", help="Files of invoices, or folders of them, in place of a stack and its Kanbert."),
]
MoreInvoices = Annotated[
    list[Path] | None, typer.Argument(help="More of them, so that --invoices *.json works.", show_default=False)
]
GUARDS: Final = Guards(duplicates=True, tolerance=Decimal(50))
"""Those of a stack, unless its parameters say otherwise (template.yaml); with files there is no stack to ask."""


@dataclass(frozen=True, slots=True)
class Past:
    """Past invoices, and what decides there. `offline`: of files, without Kanbert."""

    history: History
    rules: RuleSet
    guards: Guards
    zone: ZoneInfo
    tried: RuleSet | None = None
    broken: list[Problem] = field(default_factory=list)
    """Rules of the file that cannot be used, or files that cannot be read."""
    offline: bool = False

    def entries(self, label: str) -> Iterator[Entry | Unreadable]:
        """Each past invoice, with a bar on standard error."""
        out = console(err=True)
        columns = (
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
            task = bar.add_task(label, total=self.history.total)
            for each in self.history.entries():
                yield each
                bar.advance(task)


@contextmanager
def past_invoices(
    files: list[Path],
    rules: Path | None,
    since: date,
    zone_name: str,
    stack: str | None,
    profile: str | None,
    region: str | None,
) -> Iterator[Past]:
    """Of the files, or of a stack. NoTarget where that makes no sense, and what the stack's ports raise."""
    sources = read_sources(rules) if rules is not None else None
    if files:
        if stack is not None:
            raise NoTarget("take --stack or --invoices, not both")
        zone = _zone(zone_name)
        history = FileHistory(files, since, zone)
        present, broken = _loaded(sources, zone) if sources is not None else (RuleSet.load((), timezone=zone), [])
        broken += [Problem.unreadable(error) for error in history.unusable]
        yield Past(history, present, GUARDS, zone, None, broken, offline=True)
        return
    with past_of(target(stack, profile, region), since) as of_stack:
        tried, broken = _loaded(sources, of_stack.zone) if sources is not None else (None, [])
        yield Past(of_stack.history, of_stack.rules, of_stack.guards, of_stack.zone, tried, broken)


def _loaded(sources: Sources, zone: ZoneInfo) -> tuple[RuleSet, list[Problem]]:
    by_id = {source.item["rule_id"]: source for source in sources.usable}
    loaded = RuleSet.load((source.item for source in sources.usable), timezone=zone)
    broken = sources.in_order(Problem.broken(by_id[error.rule_id], error) for error in loaded.errors)
    return loaded, [*sources.unreadable, *broken]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise NoTarget(f'unknown time zone "{name}"; write e.g. Europe/Vienna') from None


def written(path: Path, text: str) -> None:
    """Write a file that a person asked for. Exit code 2 where that cannot be done."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        say(f"autobook: {path}: {(error.strerror or 'cannot be written').lower()}", err=True)
        raise typer.Exit(2) from None
