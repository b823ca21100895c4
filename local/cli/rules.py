"""`autobook rules check`, `try` and `explain`: rules on files, offline."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from autobook.domain.invoice import Booking, IncomingInvoice
from autobook.domain.rules import (
    BOOKING_FIELDS,
    INVOICE_FIELDS,
    Choice,
    Conflict,
    Explanation,
    Match,
    Rule,
    RuleError,
    RuleSet,
    by_line,
    explain,
    lint,
)
from autobook.domain.rules.errors import near_miss
from autobook.domain.rules.moments import local_date
from autobook.domain.rules.outcome import Verdicts
from autobook.domain.rules.ruleset import about_booking
from local.cli.rule_files import Unreadable, read_invoices, read_rules

app = typer.Typer(
    no_args_is_help=True,
    help="Check rules, try them on invoices, see why one fires or does not. Works on files, changes nothing.",
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for other programs instead of text.")]
Rules = Annotated[Path, typer.Option("--rules", help="Rules: JSON, YAML or CSV, one item per rule as in the table.")]
Zone = Annotated[str, typer.Option("--timezone", help="Time zone of dates, today and now.")]
Now = Annotated[
    datetime | None,
    typer.Option(
        help="Take this as the present (local time), e.g. 2026-01-31.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
    ),
]
VIENNA = "Europe/Vienna"


def _say(text: str, err: bool = False) -> None:
    """Print, whatever the texts in rules and invoices hold."""
    typer.echo(text.encode("utf-8", "replace").decode(), err=err)


def _fail(message: str) -> typer.Exit:
    _say(f"autobook: {message}", err=True)
    return typer.Exit(2)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise _fail(f'unknown time zone "{name}"; write e.g. {VIENNA}') from None


def _present(now: datetime | None, zone: ZoneInfo) -> datetime:
    return datetime.now(UTC) if now is None else now.replace(tzinfo=zone)


def _items(path: Path) -> list[dict[str, Any]]:
    try:
        return read_rules(path)
    except Unreadable as error:
        raise _fail(str(error)) from None


def _invoices(path: Path) -> list[IncomingInvoice]:
    try:
        return read_invoices(path)
    except Unreadable as error:
        raise _fail(str(error)) from None


def _print_json(data: Any) -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        return value.isoformat() if isinstance(value, date) else str(value)

    _say(json.dumps(data, ensure_ascii=False, indent=2, default=plain))


# --- check -------------------------------------------------------------------------------------------------------


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Rules: JSON, YAML or CSV.")],
    as_json: Json = False,
    timezone: Zone = VIENNA,
    now: Now = None,
) -> None:
    """Parse and type-check every rule, and look for rules that get in each other's way.

    Exit code 0: no errors (warnings do not count). 1: at least one rule is broken. 2: a file could not be read.
    """
    zone = _zone(timezone)
    items = [(path, item) for path in files for item in _items(path)]
    sound: list[Rule] = []
    problems: list[dict[str, Any]] = []
    seen: dict[str, Path] = {}
    for number, (path, item) in enumerate(items, start=1):
        try:
            rule = Rule.from_item(item)
            if rule.rule_id in seen:
                hint = f"it is already in {seen[rule.rule_id]}"
                raise RuleError("this rule_id is used twice", hint=hint, attribute="rule_id", rule_id=rule.rule_id)
        except RuleError as error:
            problems.append(_problem(path, error, number))
        else:
            seen[rule.rule_id] = path
            sound.append(rule)
    findings = lint(sound, today=local_date(_present(now, zone), zone))
    if as_json:
        warnings = [
            {
                "rule_id": each.rule_id, "kind": each.kind, "message": each.message, "others": list(each.others),
                "others_total": each.others_total,
            }
            for each in findings
        ]  # fmt: skip
        _print_json({"ok": not problems, "rules": len(items), "errors": problems, "warnings": warnings})
    else:
        for problem in problems:
            _say(f"error: {problem['text']}")
        for each in findings:
            _say(f"warning: {each.rule_id or 'the set'}: {each.message}")
        _say(
            f"{_counted(len(items), 'rule')}: {_counted(len(problems), 'error')}, {_counted(len(findings), 'warning')}"
        )
    if problems:
        raise typer.Exit(1)


def _problem(path: Path, error: RuleError, number: int) -> dict[str, Any]:
    named = error if error.rule_id else error.of(f"rule {number}")
    return {
        "file": str(path), "rule_id": error.rule_id or None, "attribute": error.attribute, "message": error.message,
        "line": error.line, "column": error.column, "text": f"{path}: {named.render()}",
    }  # fmt: skip


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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
    loaded = RuleSet.load(_items(rules), timezone=zone)
    found = [(invoice, loaded.match(invoice, now=_present(now, zone))) for invoice in _invoices(invoices)]
    if as_json:
        errors = [_problem(rules, error, 0) for error in loaded.errors]
        _print_json({"errors": errors, "invoices": [_match_data(invoice, match) for invoice, match in found]})
    else:
        for error in loaded.errors:
            _say(f"skipped: {error.render()}")
        for invoice, match in found:
            _say("\n".join(_match_lines(invoice, match)))
    if loaded.errors:
        raise typer.Exit(1)


def _match_data(invoice: IncomingInvoice, match: Match) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "invoice_number": invoice.invoice_number,
        "supplier": invoice.supplier.name if invoice.supplier else None,
        "invoice": _verdicts_data(match.invoice),
        "bookings": [
            {"id": line, "fields": _verdicts_data(fields)} for line, fields in by_line(invoice, match.bookings)
        ],
        "suggestions": {
            "invoice": _verdicts_data(match.suggestions.invoice),
            "bookings": _bookings_data(each for each in by_line(invoice, match.suggestions.bookings) if each[1]),
        },
    }


def _bookings_data(bookings: Iterable[tuple[str | None, Verdicts]]) -> list[dict[str, Any]]:
    return [{"id": line, "fields": _verdicts_data(fields)} for line, fields in bookings]


def _verdicts_data(verdicts: Verdicts) -> dict[str, Any]:
    return {
        field: verdict._asdict()
        if isinstance(verdict, Choice)
        else {"conflict": [choice._asdict() for choice in verdict.choices]}
        for field, verdict in verdicts.items()
    }


def _match_lines(invoice: IncomingInvoice, match: Match) -> Iterator[str]:
    supplier = invoice.supplier.name if invoice.supplier else "no supplier"
    yield f"{invoice.invoice_number or invoice.id}  {supplier}  {invoice.sum_gross:f}"
    lines = list(_verdict_lines("invoice", match.invoice))
    for line, fields in by_line(invoice, match.bookings):
        lines.extend(_verdict_lines(line or "no booking line", fields))
    lines.extend(_verdict_lines("invoice", match.suggestions.invoice, "suggested: "))
    for line, fields in by_line(invoice, match.suggestions.bookings):
        lines.extend(_verdict_lines(line or "no booking line", fields, "suggested: "))
    yield from lines or ["  no rule decides anything; see why with: autobook rules explain"]


def _verdict_lines(where: str, verdicts: Verdicts, note: str = "") -> Iterator[str]:
    for field, verdict in verdicts.items():
        yield f"  {where}  {note}{_verdict_text(field, verdict)}"


def _verdict_text(field: str, verdict: Choice | Conflict) -> str:
    if isinstance(verdict, Choice):
        return f"{field} = {_value_text(verdict)}  by {verdict.rule_id}"
    wanted = " or ".join(f"{_value_text(choice)} ({choice.rule_id})" for choice in verdict.choices)
    return f"{field}: CONFLICT, nothing is written: {wanted}"


def _value_text(choice: Choice) -> str:
    return choice.value if isinstance(choice.value, str) else ", ".join(choice.value)


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

    Exit code 0: explained. 1: a rule asked for is broken. 2: a file could not be read, or there is no such rule.
    """
    zone = _zone(timezone)
    items = _items(rules)
    loaded = RuleSet.load(items, timezone=zone)
    errors = [error for error in loaded.errors if rule in (None, error.rule_id)]
    chosen = [each for each in loaded.rules if rule in (None, each.rule_id)]
    if rule is not None and not chosen and not errors:
        hint = near_miss(rule, [str(item.get("rule_id")) for item in items])
        raise _fail(f'there is no rule "{rule}" in {rules}{", " + hint if hint else ""}')
    present = _present(now, zone)
    explained = [
        (document, found, _outranked(each, found, document, loaded.match(document, now=present)))
        for document in _invoices(invoice)
        for each in chosen
        for booking in _bookings_to_explain(each, document)
        for found in [explain(each, document, booking, now=present, timezone=zone)]
    ]
    if as_json:
        data = [{"invoice_id": document.id, **each.as_data(), "outranked": lost} for document, each, lost in explained]
        _print_json({"errors": [_problem(rules, error, 0) for error in errors], "explanations": data})
    else:
        for error in errors:
            _say(error.render())
        for _, each, lost in explained:
            _say("\n".join([each.as_text(), *(f"  but {field} {why}" for field, why in lost.items())]))
    if errors and rule is not None:
        raise typer.Exit(1)


def _bookings_to_explain(rule: Rule, invoice: IncomingInvoice) -> tuple[Booking | None, ...]:
    """Each line for a rule that looks at the line at hand, otherwise none in particular."""
    return (invoice.bookings or (None,)) if about_booking(rule.condition) else (None,)


def _outranked(rule: Rule, explanation: Explanation, invoice: IncomingInvoice, match: Match) -> dict[str, str]:
    """For a rule that fires and writes: the fields that it sets and does not decide, each with the reason."""
    if not explanation.fires or rule.mode != "apply":
        return {}
    booking = dict(by_line(invoice, match.bookings)).get(explanation.booking_id, match.bookings[0])
    lost: dict[str, str] = {}
    for fields, verdicts in ((BOOKING_FIELDS, booking), (INVOICE_FIELDS, match.invoice)):
        for field, value in rule.actions(fields).items():
            verdict = verdicts.get(field)
            if isinstance(verdict, Choice) and verdict.value != value:
                lost[field] = f"is decided by {verdict.rule_id}, which comes first"
            elif isinstance(verdict, Conflict):
                others = ", ".join(choice.rule_id for choice in verdict.choices if choice.rule_id != rule.rule_id)
                lost[field] = f"is in conflict with {others}: nothing is written"
    return lost
