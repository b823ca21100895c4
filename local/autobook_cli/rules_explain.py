"""`autobook rules explain` and `autobook explain`: why a rule fires on an invoice, or does not."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from autobook.domain.conditions import near_miss
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.rules import Rule, RuleSet, about_booking
from autobook.domain.rules.explain import Explanation, explain
from autobook_cli.console import plain, say, say_lines
from autobook_cli.given_rules import (
    VIENNA,
    GivenRules,
    Now,
    Rules,
    Zone,
    end,
    given_rules,
    present,
    report_unusable,
    say_brake,
)
from autobook_cli.invoice_files import check_inputs, invoices_of
from autobook_cli.invoice_finder import find_invoice
from autobook_cli.options import Json, Profile, Region, Stack, one_line_errors
from autobook_cli.outranked import OutrankedField, outranked
from autobook_cli.rule_files import display_name
from autobook_cli.rule_output import print_json
from autobook_cli.rule_sources import Problem
from autobook_cli.target import NoTarget

OneRule = Annotated[str | None, typer.Option("--rule", help="Only this rule (its rule_id).")]


def explain_rules(
    rules: Rules = None,
    invoice: Annotated[
        Path | None, typer.Option("--invoice", help="One invoice as JSON (of a list: each of them).")
    ] = None,
    document: Annotated[
        str | None, typer.Option("--document", help="An invoice in the stack's Kanbert, by its id or invoice number.")
    ] = None,
    rule: OneRule = None,
    as_json: Json = False,
    timezone: Zone = VIENNA,
    now: Now = None,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Show the truth of every part of a rule's condition, with the value that the invoice has there.

    Exit code 0: explained. 1: a rule asked for is broken (without --rule: any). 2: a file could not be read, there is
    no such rule, or Kanbert could not be asked.
    """
    with one_line_errors():
        if (invoice is None) == (document is None):
            raise NoTarget("name the invoice: a file with --invoice, or one in Kanbert with --document")
        if rules is not None and document is not None:
            raise NoTarget("--document is for the rules of a stack: leave --rules out, or give --invoice")
        check_inputs(invoice, rules)
        files = [] if rules is None else [rules]
        with given_rules(files, timezone, stack, profile, region) as given:
            _explain(given, document, invoice, rule, present(now, given.zone), as_json=as_json)


def explain_document(
    document: Annotated[str, typer.Argument(help="The invoice's id in Kanbert, or its invoice number.")],
    rule: OneRule = None,
    as_json: Json = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Show why rules fire on an invoice as Kanbert has it now, or why not: the truth of every part of each condition.

    With the rules as the stack's table has them now. For what was decided before, see `show`.

    Exit code 0: explained. 1: a rule asked for is broken (without --rule: any). 2: there is no such invoice or rule,
    or Kanbert could not be asked.
    """
    with one_line_errors(), given_rules((), VIENNA, stack, profile, region) as given:
        _explain(given, document, None, rule, present(None, given.zone), as_json=as_json)


def _explain(
    given: GivenRules, document: str | None, file: Path | None, rule: str | None, now: datetime, *, as_json: bool
) -> None:
    loaded = given.read.rules
    documents, unreadable = _documents(given, document, file)
    unusable = [*given.unusable, *unreadable]
    broken = [problem for problem in given.broken if rule in (None, problem.rule_id)]
    chosen = [each for each in loaded.rules if rule in (None, each.rule_id)]
    if rule is not None and not (chosen or broken or unusable):
        unusable = [_no_such_rule(rule, given.file, loaded)]
    wrong, _, unchecked = given.codes(chosen, now)
    explained = [] if unusable else list(_explained(loaded, chosen, documents, now))
    if as_json:
        data = [
            {"invoice_id": each.id, **found.as_data(), "outranked": [field.as_data() for field in lost]}
            for each, found, lost in explained
        ]
        errors = [problem.as_data() for problem in (*unusable, *unchecked, *broken, *wrong)]
        print_json({"errors": errors, "brake": loaded.brake.message, "explanations": data})
    else:
        say_brake(given.read)
        for problem in (*broken, *wrong):
            say_lines(problem.text)
        for _, found, lost in explained:
            for line in (*found.lines(), *(each.as_text() for each in lost)):
                say(line)
        if not (unusable or documents):
            say(f"no invoices in {display_name(file or Path())}")
        elif not (unusable or given.total):
            say(f"no rules in {given.place}")
        report_unusable([*unusable, *unchecked])
    end([*unusable, *unchecked], [*broken, *wrong])


def _documents(
    given: GivenRules, document: str | None, file: Path | None
) -> tuple[Sequence[IncomingInvoice], list[Problem]]:
    if file is not None:
        return invoices_of(file, None)
    if given.stack is None or document is None:
        raise NoTarget("an invoice in Kanbert needs a stack")
    return [find_invoice(given.stack.kanbert, document)], []


def _explained(
    loaded: RuleSet, chosen: list[Rule], documents: Sequence[IncomingInvoice], now: datetime
) -> Iterator[tuple[IncomingInvoice, Explanation, tuple[OutrankedField, ...]]]:
    """Each of the rules for each invoice (and line), with the fields that other rules decide."""
    for document in documents:
        match = loaded.match(document, now=now)
        for rule in chosen:
            for line, booking in _bookings_to_explain(rule, document):
                found = explain(rule, document, booking, now=now, timezone=loaded.timezone)
                yield document, found, outranked(rule, document, match, line) if found.fires else ()


def _no_such_rule(rule_id: str, path: Path | None, loaded: RuleSet) -> Problem:
    known = [*(rule.rule_id for rule in loaded.rules), *(error.rule_id for error in loaded.errors)]
    hint = near_miss(rule_id, known)
    message = f'there is no rule "{rule_id}"{", " + hint if hint else ""}'
    return Problem(path=path, message=message, text=plain(message))


def _bookings_to_explain(rule: Rule, invoice: IncomingInvoice) -> list[tuple[int | None, Booking | None]]:
    """Each line (from 0) for a rule about the current line, otherwise none."""
    if not about_booking(rule.condition):
        return [(None, None)]
    return list(enumerate(invoice.bookings)) if invoice.bookings else [(None, None)]
