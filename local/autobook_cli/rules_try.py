"""`autobook rules try`: which rule decides each field of invoices."""

from pathlib import Path
from typing import Annotated

import typer

from autobook_cli.console import say, say_lines
from autobook_cli.given_rules import (
    VIENNA,
    Now,
    Rules,
    Zone,
    end,
    given_rules,
    present,
    report_unusable,
    say_brake,
)
from autobook_cli.invoice_files import invoices_of
from autobook_cli.options import Json, Profile, Region, Stack, one_line_errors
from autobook_cli.rule_files import display_name
from autobook_cli.rule_output import match_data, match_lines, print_json


def try_(
    invoices: Annotated[
        Path, typer.Option("--invoices", help="Invoices: a JSON list, or a list response of the Kanbert API.")
    ],
    rules: Rules = None,
    as_json: Json = False,
    timezone: Zone = VIENNA,
    now: Now = None,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Say for each invoice which rule decides each field of each booking.

    Broken rules are named and skipped. Of a stack, rules with codes that its Kanbert does not have are named as well.

    Exit code 0: all rules are sound. 1: some are broken. 2: a file could not be read, or Kanbert not be asked.
    """
    files = [] if rules is None else [rules]
    with one_line_errors(), given_rules(files, timezone, stack, profile, region) as given:
        moment = present(now, given.zone)
        loaded = given.read.rules
        documents, unreadable = invoices_of(invoices, rules)
        unreadable = [*given.unusable, *unreadable]
        wrong, _, unchecked = given.codes(loaded.rules, moment)
    found = [] if unreadable else [(invoice, loaded.match(invoice, now=moment)) for invoice in documents]
    broken, unusable = [*given.broken, *wrong], [*unreadable, *unchecked]
    if as_json:
        errors = [problem.as_data() for problem in (*unusable, *broken)]
        matches = [match_data(invoice, match) for invoice, match in found]
        print_json({"errors": errors, "brake": loaded.brake.message, "invoices": matches})
    else:
        say_brake(given.read)
        for problem in given.broken:
            say_lines(f"skipped: {problem.text}")
        for problem in wrong:
            say_lines(f"error: {problem.text}")
        for invoice, match in found:
            for line in match_lines(invoice, match):
                say(line)
        if not unreadable and not found:
            say(f"no invoices in {display_name(invoices)}")
        report_unusable(unusable)
    end(unusable, broken)
