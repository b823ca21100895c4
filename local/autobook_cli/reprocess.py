"""`autobook reprocess`: have open invoices decided again by the rules as they stand, or see what that would write."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from autobook.domain.action_fields import BY_NAME, STATUS, FieldKind
from autobook.domain.decision import Decision
from autobook.domain.documents import Unreadable
from autobook.domain.errors import AutobookError
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import Written
from autobook.domain.rules import RuleSet
from autobook.domain.unread import is_unread
from autobook_cli.console import console, say, say_json, say_lines
from autobook_cli.layout import fit, in_words
from autobook_cli.options import Json, Profile, Region, Stack, one_line_errors
from autobook_cli.reprocessing import Reprocessing, Selection, value_text
from autobook_cli.target import target
from autobook_cli.use_cases import reprocessing_of

_LONGEST = 400
"""Characters of a value that are shown."""

OneDocument = Annotated[str | None, typer.Option("--document", help="One invoice, by its id or its invoice number.")]
Open = Annotated[bool, typer.Option("--open", help="Every open invoice.")]
OneRule = Annotated[
    str | None, typer.Option("--rule", help="Open invoices for which this rule fires, or into which it has written.")
]
Since = Annotated[
    datetime | None,
    typer.Option("--since", help="Open invoices created since this day, e.g. 2026-01-31.", formats=["%Y-%m-%d"]),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be written; queue nothing.")]


def reprocess(
    document: OneDocument = None,
    open_: Open = False,
    rule: OneRule = None,
    since: Since = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Have invoices decided again by the rules as they stand.

    The options narrow each other down. What a person decided stays, and an invoice that is not open is left alone.
    Safe to repeat: an invoice for which there is nothing to do is found unchanged.
    """
    if document is None and rule is None and since is None and not open_:
        say("autobook: name the invoices with --document, --open, --rule or --since", err=True)
        raise typer.Exit(2)
    selection = Selection(document, rule, since.date() if since else None)
    with one_line_errors(), reprocessing_of(target(stack, profile, region)) as reprocessing:
        selected, unreadable = _selected(reprocessing, selection)
        previews = _previews(reprocessing, selected) if dry_run else []
        if not dry_run:
            _submit(reprocessing, selected)
        if as_json:
            _print_json(selected, unreadable, previews, dry_run=dry_run)
            return
        if dry_run:
            _print(reprocessing, previews)
    _print_summary(selected, unreadable, previews, dry_run=dry_run)


def _selected(reprocessing: Reprocessing, selection: Selection) -> tuple[list[IncomingInvoice], list[tuple[str, str]]]:
    """The invoices that are meant, and the id and reason of those that cannot be read."""
    selected, unreadable = [], []
    with _bar() as bar:
        task = bar.add_task("looking for invoices", total=None)
        for each in reprocessing.select(selection):
            if isinstance(each, Unreadable):
                unreadable.append((each.id or "an invoice without an id", each.reason))
            else:
                selected.append(each)
            bar.update(task, completed=len(selected))
    return selected, unreadable


def _previews(
    reprocessing: Reprocessing, selected: list[IncomingInvoice]
) -> list[tuple[IncomingInvoice, Decision | AutobookError]]:
    previews = list[tuple[IncomingInvoice, Decision | AutobookError]]()
    with _bar() as bar:
        for invoice in bar.track(selected, description="deciding"):
            if _is_open(invoice):
                try:
                    previews.append((invoice, reprocessing.process.preview(invoice)))
                except AutobookError as error:  # about this one; the others go on
                    previews.append((invoice, error))
    return previews


def _submit(reprocessing: Reprocessing, selected: list[IncomingInvoice]) -> None:
    with _bar() as bar:
        for invoice in bar.track(selected, description="queueing"):
            if _is_open(invoice):
                reprocessing.submit(invoice)


def _bar() -> Progress:
    """On standard error, which leaves the output to what was asked for."""
    out = console(err=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=out, transient=True, disable=not out.is_terminal)


def _is_open(invoice: IncomingInvoice) -> bool:
    return invoice.status == STATUS.initial


def _print(reprocessing: Reprocessing, previews: list[tuple[IncomingInvoice, Decision | AutobookError]]) -> None:
    rules = reprocessing.process.rule_repository.rules()
    if rules.brake.is_on:
        say_lines(fit(rules.brake.message, ""))
    titles = reprocessing.titles() if any(_has_writes(decision) for _, decision in previews) else {}
    for invoice, decision in previews:
        say_lines("\n".join(_lines(invoice, decision, rules, titles)))


def _has_writes(decision: Decision | AutobookError) -> bool:
    return isinstance(decision, Decision) and bool(decision.writes or decision.suggestions)


def _lines(
    invoice: IncomingInvoice, decision: Decision | AutobookError, rules: RuleSet, titles: dict[str, str]
) -> Iterator[str]:
    """What would become of one invoice, in lines of at most 80 characters."""
    yield fit(in_words(invoice))
    if isinstance(decision, AutobookError):
        yield fit(f"cannot be decided now: {decision}", "  ")
        return
    if is_unread(invoice):
        yield "  not read yet: no rule is asked"
    for write in decision.writes:
        yield fit(_write_text(write, rules, titles), "  ")
    for write in decision.suggestions:
        yield fit(f"suggested: {_write_text(write, rules, titles)}", "  ")
    for review in decision.suggested_reviews:
        yield fit(f"suggested: a person must look: {review.text} (rule {review.rule_id})", "  ")
    for problem in decision.problems:
        place = f"line {problem.booking_id}: " if problem.booking_id else ""
        yield fit(f"a person must look: {place}{problem.message}", "  ")
    nothing = not (decision.writes or decision.suggestions or decision.suggested_reviews or decision.problems)
    if nothing and not is_unread(invoice):
        yield "  nothing to write"


def _write_text(write: Written, rules: RuleSet, titles: dict[str, str]) -> str:
    place = f"line {write.booking_id} " if write.booking_id else ""
    before = value_text(write.before, titles)[:_LONGEST]
    return f"{place}{write.field}: {before} → {_new_text(write, rules, titles)} (rule {write.rule_id})"


def _new_text(write: Written, rules: RuleSet, titles: dict[str, str]) -> str:
    """The new value; of a reference the code by which the rule names it, and its title where that is known."""
    text = value_text(write.value, titles)[:_LONGEST]
    if BY_NAME[write.field].kind is not FieldKind.REFERENCE or text != write.value:
        return text
    code = _code(write, rules)
    return text if code is None or code == text else f"{code} ({text})"


def _code(write: Written, rules: RuleSet) -> str | None:
    try:
        code = rules[write.rule_id].sets.get(write.field)
    except KeyError:
        return None
    return code if isinstance(code, str) and not code.startswith("id:") else None


def _print_summary(
    selected: list[IncomingInvoice],
    unreadable: list[tuple[str, str]],
    previews: list[tuple[IncomingInvoice, Decision | AutobookError]],
    *,
    dry_run: bool,
) -> None:
    for identifier, reason in unreadable:
        say_lines(fit(f"{identifier} cannot be read: {reason}", ""))
    closed = [invoice for invoice in selected if not _is_open(invoice)]
    for invoice in closed:
        say_lines(fit(f"{invoice.id} is {invoice.status or 'without a status'}, not open: left alone", ""))
    count = len(selected) - len(closed)
    if not dry_run:
        say(f"{count} queued" if count else "no open invoice is meant; nothing queued")
        return
    changed = [decision for _, decision in previews if isinstance(decision, Decision) and decision.writes]
    values = sum(len(decision.writes) for decision in changed)
    say(f"{len(changed)} of {count} open invoices would be written to, {values} values in all; nothing was queued")


def _print_json(
    selected: list[IncomingInvoice],
    unreadable: list[tuple[str, str]],
    previews: list[tuple[IncomingInvoice, Decision | AutobookError]],
    *,
    dry_run: bool,
) -> None:
    printed: dict[str, Any] = {
        "dry_run": dry_run,
        "queued": [] if dry_run else [each.id for each in selected if _is_open(each)],
        "not_open": [each.id for each in selected if not _is_open(each)],
        "unreadable": [{"id": identifier, "reason": reason} for identifier, reason in unreadable],
        "invoices": [_invoice_data(invoice, decision) for invoice, decision in previews],
    }
    say_json(json.dumps(printed, ensure_ascii=False, indent=2))


def _invoice_data(invoice: IncomingInvoice, decision: Decision | AutobookError) -> dict[str, Any]:
    data: dict[str, Any] = {"id": invoice.id, "invoice_number": invoice.invoice_number}
    if isinstance(decision, AutobookError):
        return data | {"error": str(decision)}
    return data | {
        "writes": [_write_data(each) for each in decision.writes],
        "suggestions": [_write_data(each) for each in decision.suggestions],
        "suggested_reviews": [each._asdict() for each in decision.suggested_reviews],
        "problems": [
            {"code": each.code, "message": each.message, "booking_id": each.booking_id, "field": each.field}
            for each in decision.problems
        ],
    }


def _write_data(write: Written) -> dict[str, Any]:
    return {
        "booking_id": write.booking_id,
        "field": write.field,
        "from": write.before,
        "to": write.value,
        "rule_id": write.rule_id,
    }
