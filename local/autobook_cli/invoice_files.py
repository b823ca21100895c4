"""Invoices of the file that a command is given beside its rules."""

from pathlib import Path

from autobook.domain.kanbert import IncomingInvoice
from autobook_cli.rule_files import STANDARD_INPUT, Unreadable, read_invoices
from autobook_cli.rule_sources import Problem
from autobook_cli.target import NoTarget


def invoices_of(path: Path, rules: Path | None) -> tuple[list[IncomingInvoice], list[Problem]]:
    """The invoices, or the file that cannot be read. NoTarget if the rules come from standard input as well."""
    check_inputs(path, rules)
    try:
        return read_invoices(path), []
    except Unreadable as error:
        return [], [Problem.unreadable(error)]


def check_inputs(path: Path | None, rules: Path | None) -> None:
    """Standard input can be read once."""
    if rules == path == STANDARD_INPUT:
        raise NoTarget("standard input (-) can be rules or invoices, not both")
