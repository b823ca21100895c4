"""`autobook suggestions`: what rules suggest and nobody has decided yet, and writing it because a person accepts it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from autobook.adapters.dynamodb.review_list import DynamoSuggestionList
from autobook.domain.conditions import plain as comparable
from autobook.domain.errors import AutobookError
from autobook.domain.event_values import value_of
from autobook.domain.kanbert import IncomingInvoice
from autobook.domain.provenance import OpenSuggestion, ProvenanceRecord, Written
from autobook.service.accept_suggestions import AcceptResult, AcceptSuggestions, LeftSuggestion
from autobook_cli.caller import name_of
from autobook_cli.console import PlainUsage, plain, progress, say, say_json, say_lines
from autobook_cli.documents import resource, summary_in_words
from autobook_cli.layout import before_text, counted, fit, in_words, ours_text, place_of
from autobook_cli.options import As, InvoiceOrNone, Json, Profile, Region, Stack, one_line_errors
from autobook_cli.target import NoTarget, Target, target
from autobook_cli.use_cases import process_of

app = typer.Typer(
    cls=PlainUsage, no_args_is_help=True, help="What rules suggest and nobody has decided yet: list it, accept it."
)
_MOST_NAMED = 10
"""Documents with one number that a message names."""

OneRule = Annotated[str | None, typer.Option("--rule", help="Only what this rule suggests.")]
Yes = Annotated[bool, typer.Option("--yes", help="Write without asking.")]


@app.command("list")
def list_(as_json: Json = False, stack: Stack = None, profile: Profile = None, region: Region = None) -> None:
    """List the suggestions that stand: which value, by which rule, since when; the oldest first. Changes nothing."""
    with one_line_errors():
        records = _suggested(target(stack, profile, region))
    if as_json:
        listed = [_suggestion_data(record, each) for record in records for each in record.suggestions]
        say_json(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for record in records:
        say_lines("\n".join(_lines(record)))
    number = sum(len(each.suggestions) for each in records)
    stand = "suggestion stands" if number == 1 else "suggestions stand"
    say(f"{number} {stand}, for {counted(len(records), 'invoice')}")


@dataclass
class _Accepted:
    """What is written, or would be, and what is not, over all invoices."""

    written: list[tuple[str, Written]] = field(default_factory=list)
    left: list[tuple[str, LeftSuggestion]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)

    def add(self, invoice_id: str, result: AcceptResult) -> None:
        """One invoice's."""
        self.written += [(invoice_id, each) for each in result.writes]
        self.left += [(invoice_id, each) for each in result.left]


@app.command()
def accept(
    document: InvoiceOrNone = None,
    rule: OneRule = None,
    yes: Yes = False,
    as_: As = None,
    as_json: Json = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Write what was suggested, under your name. Shows what it will write, and asks.

    Only where the invoice is open, the place is as it was when the value was suggested, and the rule still suggests it.
    Safe to repeat. Exit code 1: it could not be done for an invoice, or you said no.
    """
    if document is None and rule is None:
        say("autobook: name an invoice, or a rule with --rule", err=True)
        raise typer.Exit(2)
    with one_line_errors():
        deployed = target(stack, profile, region)
        by = name_of(deployed, as_)
        meant = _meant(_suggested(deployed), document, rule)
        with process_of(deployed) as process:
            use_case = AcceptSuggestions(process, by)
            planned = _preview(use_case, meant, rule, show=not as_json)
            if planned.written and not yes and not _agreed(planned, by):
                raise typer.Exit(1)
            done = _write(use_case, planned)
    if as_json:
        say_json(json.dumps(_accepted_data(by, done), ensure_ascii=False, indent=2))
    else:
        _print_result(planned, done)
    raise typer.Exit(1 if done.failed else 0)


def _suggested(deployed: Target) -> list[ProvenanceRecord]:
    return list(DynamoSuggestionList(deployed.client("dynamodb"), resource(deployed, "LedgerTable")))


def _meant(records: list[ProvenanceRecord], document: str | None, rule: str | None) -> list[ProvenanceRecord]:
    if document is not None:
        named = [each for each in records if each.document.id == document]
        named = named or [each for each in records if _comparable(_number(each)) == _comparable(document)]
        if len(named) > 1:
            ids = ", ".join(each.document.id for each in named[:_MOST_NAMED])
            raise NoTarget(f"{len(named)} invoices have the number {document}; give an id: {ids}")
        records = named
    return [each for each in records if any(_is_of(one, rule) for one in each.suggestions)]


def _number(record: ProvenanceRecord) -> str:
    return str((record.snapshot.summary if record.snapshot else {}).get("invoice_number") or "")


def _comparable(number: str) -> str:
    return comparable(number).strip().casefold()


def _is_of(suggestion: OpenSuggestion, rule: str | None) -> bool:
    return rule is None or suggestion.write.rule_id == rule


def _preview(
    use_case: AcceptSuggestions, records: Iterable[ProvenanceRecord], rule: str | None, *, show: bool
) -> _Accepted:
    found, meant = _Accepted(), list(records)
    with progress("deciding", show=True) as moved:
        for number, record in enumerate(meant):
            identifier = record.document.id
            try:
                invoice, result = use_case.preview(identifier, lambda each: _is_of(each, rule))
            except AutobookError as error:  # about this one; the others go on
                found.failed.append((identifier, str(error)))
            else:
                found.add(identifier, result)
                if show:
                    say_lines("\n".join(_preview_lines(invoice, result)))
            moved(number + 1, len(meant))
    return found


def _write(use_case: AcceptSuggestions, planned: _Accepted) -> _Accepted:
    """Write what was shown, and nothing else."""
    done = _Accepted(left=list(planned.left), failed=list(planned.failed))
    to_write: dict[str, set[Written]] = {}
    for identifier, write in planned.written:
        to_write.setdefault(identifier, set()).add(write)
    trace = f"accept-{datetime.now(UTC).isoformat()}"
    with progress("writing", show=True) as moved:
        for number, (identifier, writes) in enumerate(to_write.items(), 1):
            try:
                result = use_case(identifier, lambda each, writes=writes: each.write in writes, trace)  # type: ignore[misc]
            except AutobookError as error:
                done.failed.append((identifier, str(error)))
            else:
                done.add(identifier, result)
            moved(number, len(to_write))
    return done


def _agreed(planned: _Accepted, by: str) -> bool:
    invoices = len({identifier for identifier, _ in planned.written})
    what = f"Write {counted(len(planned.written), 'value')} into {counted(invoices, 'invoice')}, accepted by {by}?"
    return typer.confirm(plain(what), err=True)


# --- text --------------------------------------------------------------------------------------------------------


def _lines(record: ProvenanceRecord) -> Iterator[str]:
    summary = record.snapshot.summary if record.snapshot else {}
    yield fit(summary_in_words(summary, record.document.id))
    for each in record.suggestions:
        since = f"since {each.since:%Y-%m-%d %H:%M}  " if each.since else ""
        unknown = ", which stands for nothing in Kanbert" if each.is_code else ""
        value = f"{place_of(each.write)} = {ours_text(each.write)}{unknown}"
        yield fit(f"{since}{value} (rule {each.write.rule_id})", "  ")


def _preview_lines(invoice: IncomingInvoice, result: AcceptResult) -> Iterator[str]:
    yield fit(in_words(invoice))
    for each in result.writes:
        yield fit(f"{place_of(each)}: {before_text(each)} → {ours_text(each)} (rule {each.rule_id})", "  ")
    for left in result.left:
        yield fit(f"not written: {place_of(left.write)} = {ours_text(left.write)}: {left.reason}", "  ")


def _print_result(planned: _Accepted, done: _Accepted) -> None:
    for identifier, left in done.left[len(planned.left) :]:
        say_lines(fit(f"{identifier} {place_of(left.write)} was not written: {left.reason}"))
    for identifier, reason in done.failed:
        say_lines(fit(f"{identifier} was interrupted, repeat the command: {reason}"))
    if not (done.written or done.left or done.failed):
        say("no such suggestion stands; nothing to write")
        return
    invoices = len({identifier for identifier, _ in done.written})
    say(f"{counted(len(done.written), 'value')} written into {counted(invoices, 'invoice')}, {len(done.left)} not")


# --- data --------------------------------------------------------------------------------------------------------


def _suggestion_data(record: ProvenanceRecord, suggestion: OpenSuggestion) -> dict[str, Any]:
    summary = record.snapshot.summary if record.snapshot else {}
    return {
        "id": record.document.id,
        "invoice": dict(summary),
        **_write_data(suggestion.write),
        "is_known": not suggestion.is_code,
        "since": suggestion.since.isoformat() if suggestion.since else None,
    }


def _write_data(write: Written) -> dict[str, Any]:
    value = value_of(write.field, write.value, write.value_name)
    before = value_of(write.field, write.before, write.before_name)
    return {
        "booking_id": write.booking_id,
        "field": write.field,
        "value": value.model_dump(exclude_none=True) if value else None,
        "before": before.model_dump(exclude_none=True) if before else None,
        "rule_id": write.rule_id,
        "rule_version": write.rule_version,
    }


def _accepted_data(by: str, done: _Accepted) -> dict[str, Any]:
    return {
        "by": by,
        "written": [{"id": identifier, **_write_data(each)} for identifier, each in done.written],
        "not_written": [
            {"id": identifier, **_write_data(each.write), "reason": each.reason} for identifier, each in done.left
        ],
        "failed": [{"id": identifier, "reason": reason} for identifier, reason in done.failed],
    }
