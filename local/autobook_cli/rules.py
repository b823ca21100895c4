"""`autobook rules check`, `try` and `explain`: rules on files, offline."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from autobook.domain.conditions import EARLIEST, LATEST, near_miss
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.rules import Rule, RuleSet, about_booking
from autobook.domain.rules.explain import Explanation, explain
from autobook.rule_analysis import MOST_OTHERS, Examination, compared, parsed
from autobook_cli.console import PlainUsage, plain, progress, say, say_lines
from autobook_cli.outranked import OutrankedField, outranked
from autobook_cli.rule_files import STANDARD_INPUT, Unreadable, display_name, read_invoices
from autobook_cli.rule_history import history
from autobook_cli.rule_output import (
    counted,
    findings_counted,
    findings_data,
    findings_lines,
    match_data,
    match_lines,
    print_json,
    wrapped,
)
from autobook_cli.rule_sources import Problem, Sources, read_sources

app = typer.Typer(
    cls=PlainUsage,
    no_args_is_help=True,
    help="Check rules, try them on invoices, see why one fires or does not, and what each said before.",
)

app.command()(history)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for other programs instead of text.")]
_ANY_FILE = 'JSON, YAML or CSV by the name\'s ending, otherwise by what is in it; "-" reads standard input.'
Rules = Annotated[Path, typer.Option("--rules", help=f"Rules, one item each as in the table: {_ANY_FILE}")]
Zone = Annotated[str, typer.Option("--timezone", help="Time zone of dates, today and now.")]
Now = Annotated[
    datetime | None,
    typer.Option(
        help="Take this as the present (local time), e.g. 2026-01-31.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
    ),
]
VIENNA = "Europe/Vienna"
_SLOW = 500
"""Rules whose comparison takes long enough for a bar."""


BROKEN, UNUSABLE = 1, 2
"""Exit codes: at least one rule is broken; a file could not be read, or the command makes no sense."""


def _fail(message: str) -> typer.Exit:
    say(f"autobook: {message}", err=True)
    return typer.Exit(UNUSABLE)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise _fail(f'unknown time zone "{name}"; write e.g. {VIENNA}') from None


def _present(now: datetime | None, zone: ZoneInfo) -> datetime:
    if now is None:
        return datetime.now(UTC)
    if not EARLIEST <= now.year <= LATEST:
        raise _fail(f"--now must be in the years {EARLIEST} to {LATEST}")
    return now.replace(tzinfo=zone)


def _examined(sources: Sources, zone: ZoneInfo) -> tuple[Examination, list[Problem]]:
    """The rules, read each for itself, and what is wrong with those that are broken."""
    by_id = {source.item["rule_id"]: source for source in sources.usable}
    loaded = parsed((source.item for source in sources.usable), timezone=zone)
    return loaded, sources.in_order(Problem.broken(by_id[error.rule_id], error) for error in loaded.rules.errors)


def _read_both(rules: Path, invoices: Path) -> tuple[Sources, list[IncomingInvoice], list[Problem]]:
    """Rules and invoices, and the files that cannot be read."""
    if rules == invoices == STANDARD_INPUT:
        raise _fail("standard input (-) can be rules or invoices, not both")
    sources = read_sources(rules)
    try:
        return sources, read_invoices(invoices), sources.unreadable
    except Unreadable as error:
        return sources, [], [*sources.unreadable, Problem.unreadable(error)]


def _report_unusable(problems: list[Problem]) -> None:
    for problem in problems:
        say_lines(f"autobook: {problem.located}", err=True)


# --- check -------------------------------------------------------------------------------------------------------


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help=f"Rules: {_ANY_FILE}")],
    show_all: Annotated[
        bool, typer.Option("--all", help="Every warning, and every pair of rules that might be in conflict.")
    ] = False,
    as_json: Json = False,
    timezone: Zone = VIENNA,
    now: Now = None,
) -> None:
    """Parse and type-check every rule, and look for rules that get in each other's way.

    Exit code 0: no errors (warnings do not count). 1: at least one rule is broken. 2: a file could not be read; the
    others are checked all the same.
    """
    zone = _zone(timezone)
    present = _present(now, zone)
    sources = read_sources(*files)
    read, broken = _examined(sources, zone)
    loaded, most_others = read.rules, None if show_all else MOST_OTHERS
    with progress("comparing rules", show=len(loaded) >= _SLOW) as on_progress:
        findings = compared(read, now=present, most_others=most_others, on_progress=on_progress).findings
    if as_json:
        errors = [problem.as_data() for problem in (*sources.unreadable, *broken)]
        data = {"ok": not errors, "rules": sources.total, "errors": errors, "warnings": findings_data(findings)}
        print_json({**data, "brake": loaded.brake.message})
    else:
        _say_brake(loaded)
        for problem in broken:
            say_lines(f"error: {problem.located}")
        for line in findings_lines(findings, show_all=show_all):
            say(line)
        if len(sources.unreadable) < len(sources.paths):
            say(f"{counted(sources.total, 'rule')}: {counted(len(broken), 'error')}, {findings_counted(findings)}")
        _report_unusable(sources.unreadable)
    _end(sources.unreadable, broken)


def _say_brake(loaded: RuleSet) -> None:
    """That the rules are held at `suggest`, where they are."""
    if loaded.brake.is_on:
        for line in wrapped(loaded.brake.message):
            say(line)


def _end(unreadable: list[Problem], broken: list[Problem]) -> None:
    if unreadable or broken:
        raise typer.Exit(UNUSABLE if unreadable else BROKEN)


# --- try ---------------------------------------------------------------------------------------------------------


@app.command("try")
def try_(
    rules: Rules,
    invoices: Annotated[
        Path, typer.Option("--invoices", help="Invoices: a JSON list, or a list response of the Kanbert API.")
    ],
    as_json: Json = False,
    timezone: Zone = VIENNA,
    now: Now = None,
) -> None:
    """Say for each invoice which rule decides each field of each booking.

    Broken rules are named and skipped. Exit code 0: all rules are sound. 1: some are broken. 2: a file could not be
    read.
    """
    zone = _zone(timezone)
    present = _present(now, zone)
    sources, documents, unreadable = _read_both(rules, invoices)
    read, broken = _examined(sources, zone)
    loaded = read.rules
    found = [] if unreadable else [(invoice, loaded.match(invoice, now=present)) for invoice in documents]
    if as_json:
        errors = [problem.as_data() for problem in (*unreadable, *broken)]
        matches = [match_data(invoice, match) for invoice, match in found]
        print_json({"errors": errors, "brake": loaded.brake.message, "invoices": matches})
    else:
        _say_brake(loaded)
        for problem in broken:
            say_lines(f"skipped: {problem.text}")
        for invoice, match in found:
            for line in match_lines(invoice, match):
                say(line)
        if not unreadable and not found:
            say(f"no invoices in {display_name(invoices)}")
        _report_unusable(unreadable)
    _end(unreadable, broken)


# --- explain -----------------------------------------------------------------------------------------------------


@app.command("explain")
def explain_(
    rules: Rules,
    invoice: Annotated[Path, typer.Option("--invoice", help="One invoice as JSON (of a list: each of them).")],
    rule: Annotated[str | None, typer.Option("--rule", help="Only this rule (its rule_id).")] = None,
    as_json: Json = False,
    timezone: Zone = VIENNA,
    now: Now = None,
) -> None:
    """Show the truth of every part of a rule's condition, with the value that the invoice has there.

    Exit code 0: explained. 1: a rule asked for is broken (without --rule: any). 2: a file could not be read, or there
    is no such rule.
    """
    zone = _zone(timezone)
    present = _present(now, zone)
    sources, documents, unusable = _read_both(rules, invoice)
    read, broken = _examined(sources, zone)
    loaded = read.rules
    broken = [problem for problem in broken if rule in (None, problem.rule_id)]
    chosen = [each for each in loaded.rules if rule in (None, each.rule_id)]
    if rule is not None and not (chosen or broken or unusable):
        unusable = [_no_such_rule(rule, rules, sources)]
    explained = [] if unusable else list(_explained(loaded, chosen, documents, present))
    if as_json:
        data = [
            {"invoice_id": document.id, **found.as_data(), "outranked": [each.as_data() for each in lost]}
            for document, found, lost in explained
        ]
        errors = [problem.as_data() for problem in (*unusable, *broken)]
        print_json({"errors": errors, "brake": loaded.brake.message, "explanations": data})
    else:
        _say_brake(loaded)
        for problem in broken:
            say_lines(problem.text)
        for _, found, lost in explained:
            for line in (*found.lines(), *(each.as_text() for each in lost)):
                say(line)
        if not (unusable or documents):
            say(f"no invoices in {display_name(invoice)}")
        elif not (unusable or sources.total):
            say(f"no rules in {display_name(rules)}")
        _report_unusable(unusable)
    _end(unusable, broken)


def _explained(
    loaded: RuleSet, chosen: list[Rule], documents: list[IncomingInvoice], now: datetime
) -> Iterator[tuple[IncomingInvoice, Explanation, tuple[OutrankedField, ...]]]:
    """Each of the rules for each invoice (and line), with the fields that other rules decide."""
    for document in documents:
        match = loaded.match(document, now=now)
        for rule in chosen:
            for line, booking in _bookings_to_explain(rule, document):
                found = explain(rule, document, booking, now=now, timezone=loaded.timezone)
                yield document, found, outranked(rule, document, match, line) if found.fires else ()


def _no_such_rule(rule_id: str, path: Path, sources: Sources) -> Problem:
    hint = near_miss(rule_id, (source.item["rule_id"] for source in sources.usable))
    message = f'there is no rule "{rule_id}"{", " + hint if hint else ""}'
    return Problem(path=path, message=message, text=plain(message))


def _bookings_to_explain(rule: Rule, invoice: IncomingInvoice) -> list[tuple[int | None, Booking | None]]:
    """Each line (from 0) for a rule about the current line, otherwise none."""
    if not about_booking(rule.condition):
        return [(None, None)]
    return list(enumerate(invoice.bookings)) if invoice.bookings else [(None, None)]
