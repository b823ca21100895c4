"""`autobook rules backtest`: what rules would have booked, beside what people booked. Changes nothing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from autobook.domain.conditions import near_miss
from autobook.domain.documents import Unreadable
from autobook_cli.backtest import Evaluation, Figures, Report, Trial, as_data, html_page, text_lines, trial_of
from autobook_cli.console import plain, say_lines
from autobook_cli.history import KanbertHistory
from autobook_cli.options import Json, Profile, Region, Stack, one_line_errors
from autobook_cli.past_invoices import Invoices, MoreInvoices, Past, Since, past_invoices, written
from autobook_cli.rule_output import counted, print_json
from autobook_cli.target import NoTarget

Rules = Annotated[
    Path | None,
    typer.Option("--rules", help="Rules to try: JSON, YAML or CSV. They take the place of the stack's of these names."),
]
OneRule = Annotated[str | None, typer.Option("--rule", help="Try this rule alone, even if it is off.")]
Html = Annotated[Path | None, typer.Option("--html", help="Write a page with charts to this file as well.")]
All = Annotated[bool, typer.Option("--all", help="Show every difference and every unreadable invoice.")]
Zone = Annotated[str, typer.Option("--timezone", help="Time zone of dates in files; a stack has its own.")]


def backtest(
    since: Since,
    rules: Rules = None,
    rule: OneRule = None,
    invoices: Invoices = None,
    more: MoreInvoices = None,
    html: Html = None,
    show_all: All = False,
    as_json: Json = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
    timezone: Zone = "Europe/Vienna",
) -> None:
    """Decide past invoices as if they were unbooked, and compare with what people booked.

    The rules on trial apply, also those that only suggest. Works on a stack (its rules, its Kanbert), or on files.
    Writes nothing, neither in Kanbert nor in AWS.

    Exit code 0: done. 1: done without rules that are broken. 2: a file could not be read, or there is no such rule.
    """
    if more and not invoices:
        raise typer.BadParameter(f"{more[0]}: files are given by --invoices")
    files = [*(invoices or ()), *(more or ())]
    with one_line_errors(), past_invoices(files, rules, since.date(), timezone, stack, profile, region) as past:
        if past.offline and rules is None:
            raise NoTarget("name the rules to try with --rules: files of invoices come without any")
        trial = _trial(past, rule)
        figures = Figures.of(trial.rules)
        made_at = datetime.now(UTC)
        evaluation = Evaluation(trial, past.history.codes, past.history.names, past.guards, past.zone, made_at)
        for each in past.entries("deciding"):
            if isinstance(each, Unreadable):
                figures.add_unreadable(each.id, each.reason)
            else:
                figures.add(evaluation(each))
        report = Report(
            figures,
            since.date(),
            made_at.astimezone(past.zone),
            _compared(past, rules, rule, trial),
            tuple(_notes(past)),
            tuple(each.text for each in past.broken if each.rule_id is not None or each.attribute is not None),
        )
    if html is not None:
        written(html, html_page(report))
    if as_json:
        print_json(as_data(report))
    else:
        say_lines("\n".join(text_lines(report, show_all=show_all)))
        if html is not None:
            say_lines(f"the page is written:\n  {plain(html)}")
    for problem in past.broken:
        say_lines(f"autobook: {problem.located}", err=True)
    if past.broken:
        raise typer.Exit(2 if any(each.number is None for each in past.broken) else 1)


def _trial(past: Past, rule: str | None) -> Trial:
    try:
        return trial_of(past.rules, past.tried, rule)
    except KeyError:
        of = past.rules if past.tried is None else past.tried
        for error in (*of.errors, *past.rules.errors):
            if error.rule_id == rule:
                raise NoTarget(f"the rule is in error: {error}") from None
        hint = near_miss(rule or "", (each.rule_id for each in of.rules))
        raise NoTarget(f'there is no rule "{rule}"{", " + hint if hint else ""}') from None


def _compared(past: Past, rules: Path | None, rule: str | None, trial: Trial) -> str:
    """What before and after stand for."""
    if rule is not None:
        before = "the rules as they stand" if past.tried is not None else "the other rules"
        return f"before: {before}; after: with {rule} applying"
    if past.tried is not None:
        return f"before: the rules as they stand; after: with {counted(len(trial.rules), 'rule')} of {rules} applying"
    if trial.changes_nothing:
        return "before and after are the same: no rule is only suggesting"
    return "before: the rules as they stand; after: those that only suggest apply, too"


def _notes(past: Past) -> list[str]:
    """What could not be had."""
    if past.offline:
        return ["accounts are known from the files alone; positions, projects and clients go by their ids there"]
    notes = list(past.history.names.refused)
    if isinstance(past.history, KanbertHistory):
        notes += past.history.notes
    if past.rules.brake.is_on:
        notes.append(f"{past.rules.brake.message}; this is as if it were released")
    in_error = [error.rule_id for error in past.rules.errors]
    if in_error:
        notes.append(f"rules in error, which decide nothing: {', '.join(map(str, in_error))}")
    return notes
