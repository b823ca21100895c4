"""`autobook rules diff` and `push`: what a file changes in a stack's rules, and writing it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from autobook_cli.console import progress, say, say_lines
from autobook_cli.edited_rules import EditedRules, checked, edited_rules, note_versions
from autobook_cli.given_rules import BROKEN, UNUSABLE, report_unusable
from autobook_cli.live_rules import Change, RefusedItem, RulesTable
from autobook_cli.options import Json, Profile, Region, Stack, one_line_errors
from autobook_cli.rule_changes import Outcome, changes_lines, counts_text, plan_data
from autobook_cli.rule_files import STANDARD_INPUT
from autobook_cli.rule_output import counted, findings_data, findings_lines, print_json
from autobook_cli.stack_rules import stack_rules
from autobook_cli.target import NoTarget

_SLOW: Final = 20
"""Writes that take long enough for a bar."""

File = Annotated[Path, typer.Argument(help='The file: JSON, YAML or CSV; "-" reads standard input.')]
Delete = Annotated[bool, typer.Option("--delete", help="Delete the rules of the table that the file does not have.")]
WithoutCodes = Annotated[
    bool, typer.Option("--without-codes", help="Do not look codes up in Kanbert; an unknown one is no error then.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Write without asking.")]


def diff(
    file: File,
    delete: Delete = False,
    as_json: Json = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Show what a push of the file would change in a stack's rules, rule by rule. Changes nothing.

    Exit code 0: nothing. 1: something, or a push would be refused. 2: the file could not be read.
    """
    with one_line_errors(), stack_rules(stack, profile, region) as live:
        edited = edited_rules(file, live, delete=delete)
    problems = [*edited.unreadable, *edited.broken]
    if as_json:
        print_json({**plan_data(edited.plan), "errors": [each.as_data() for each in problems]})
    else:
        _say_plan(edited)
        report_unusable(problems)
    if problems:
        raise typer.Exit(UNUSABLE)
    raise typer.Exit(BROKEN if edited.plan.differs else 0)


def push(
    file: File,
    yes: Yes = False,
    delete: Delete = False,
    without_codes: WithoutCodes = False,
    as_json: Json = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Write what a file changes into a stack's rules: shown, checked and asked about first.

    Nothing is written while a rule that is to be written is broken, or names a code that Kanbert does not have. A rule
    that somebody has changed in the table since it was pulled is refused, by name; the others are written. Rules that
    the file does not have stay, unless --delete is given. Each rule's present version is noted in the file.

    Exit code 0: the table is as the file says. 1: a rule was refused, or nothing was written. 2: the file could not be
    read, or Kanbert not be asked.
    """
    with one_line_errors(), stack_rules(stack, profile, region) as live:
        if file == STANDARD_INPUT and not yes:
            raise NoTarget("the file comes from standard input, which cannot answer as well: add --yes")
        edited = edited_rules(file, live, delete=delete)
        broken, warnings, unchecked = checked(edited, live, with_codes=not without_codes)
        problems, unusable = [*edited.broken, *broken], [*edited.unreadable, *unchecked]
        may_write = not (problems or unusable)
        if not as_json:
            _say_plan(edited)
            for problem in problems:
                say_lines(f"error: {problem.located}")
            for line in findings_lines(warnings, show_all=False):
                say(line)
            report_unusable(unusable)
        changes = edited.plan.changes
        outcome = Outcome()
        if may_write and changes and not yes:
            may_write = typer.confirm(f"write {counts_text(edited.plan.changes)}?", err=True)
        if may_write:
            _write(live.table, changes, outcome, edited)
    if as_json:
        errors = [each.as_data() for each in (*unusable, *problems)]
        found = {**plan_data(edited.plan), "errors": errors, "warnings": findings_data(warnings)}
        print_json({**found, **outcome.as_data()})
    else:
        _say_outcome(outcome, may_write=may_write, changes=changes)
    if unusable:
        raise typer.Exit(UNUSABLE)
    failed = problems or outcome.refused or edited.plan.conflicts or (changes and not may_write)
    raise typer.Exit(BROKEN if failed else 0)


def _write(table: RulesTable, changes: Sequence[Change], outcome: Outcome, edited: EditedRules) -> None:
    """One rule after the other. Whatever ends it, the file gets the versions of what is done."""
    try:
        with progress("writing rules", show=len(changes) >= _SLOW) as on_progress:
            for number, change in enumerate(changes, 1):
                try:
                    if table.write(change):
                        outcome.written.append(change)
                    else:
                        outcome.refused[change.rule_id] = "somebody has changed it in the table this very moment"
                except RefusedItem as error:
                    outcome.refused[change.rule_id] = f"DynamoDB does not take it: {error}"
                on_progress(number, len(changes))
    finally:
        outcome.note = note_versions(edited, outcome.written, table.name)


def _say_plan(edited: EditedRules) -> None:
    for line in changes_lines(edited.plan):
        say(line)


def _say_outcome(outcome: Outcome, *, may_write: bool, changes: Sequence[Change]) -> None:
    for line in outcome.lines():
        say(line, err=True)
    if changes:
        say(f"{counted(len(outcome.written), 'rule')} written" if may_write else "nothing is written")
