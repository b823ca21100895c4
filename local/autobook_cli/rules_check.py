"""`autobook rules check`: what is wrong with rules, and what is odd about them together."""

from pathlib import Path
from typing import Annotated

import typer

from autobook.rule_analysis import MOST_OTHERS, compared
from autobook_cli.console import progress, say, say_lines
from autobook_cli.given_rules import (
    ANY_FILE,
    VIENNA,
    Now,
    Zone,
    end,
    given_rules,
    present,
    report_unusable,
    say_brake,
)
from autobook_cli.options import Json, Profile, Region, Stack, one_line_errors
from autobook_cli.rule_output import counted, findings_counted, findings_data, findings_lines, print_json

_SLOW = 500
"""Rules whose comparison takes long enough for a bar."""


def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help=f"Rules; without any, those of a stack. {ANY_FILE}", show_default=False)
    ] = None,
    show_all: Annotated[
        bool, typer.Option("--all", help="Every warning, and every pair of rules that might be in conflict.")
    ] = False,
    as_json: Json = False,
    timezone: Zone = VIENNA,
    now: Now = None,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Parse and type-check every rule, and look for rules that get in each other's way.

    Of files, offline; or of a stack's table, where codes that its Kanbert does not have are errors, too.

    Exit code 0: no errors (warnings do not count). 1: at least one rule is broken. 2: a file could not be read, or
    Kanbert not be asked; the rest is checked all the same.
    """
    with one_line_errors(), given_rules(files or (), timezone, stack, profile, region) as given:
        moment = present(now, given.zone)
        loaded, most_others = given.read.rules, None if show_all else MOST_OTHERS
        with progress("comparing rules", show=len(loaded) >= _SLOW) as on_progress:
            findings = compared(given.read, now=moment, most_others=most_others, on_progress=on_progress).findings
        wrong, odd, unchecked = given.codes(loaded.rules, moment)
    broken, findings, unusable = [*given.broken, *wrong], (*odd, *findings), [*given.unusable, *unchecked]
    if as_json:
        errors = [problem.as_data() for problem in (*unusable, *broken)]
        data = {"ok": not errors, "rules": given.total, "errors": errors, "warnings": findings_data(findings)}
        print_json({**data, "brake": loaded.brake.message})
    else:
        say_brake(given.read)
        for problem in broken:
            say_lines(f"error: {problem.located}")
        for line in findings_lines(findings, show_all=show_all):
            say(line)
        if len(given.unusable) < max(1, len(set(files or ()))):
            say(f"{counted(given.total, 'rule')}: {counted(len(broken), 'error')}, {findings_counted(findings)}")
        report_unusable(unusable)
    end(unusable, broken)
