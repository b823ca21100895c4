"""`autobook rules suggest`: rules from what people booked, in a file. Changes nothing else."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from autobook.domain.conditions import local_date
from autobook.domain.documents import Unreadable
from autobook_cli.backtest import share, with_rules
from autobook_cli.console import plain, progress, say, say_lines
from autobook_cli.options import Json, Profile, Region, Stack, one_line_errors
from autobook_cli.past_invoices import Invoices, MoreInvoices, Past, Since, past_invoices, written
from autobook_cli.rule_output import counted, print_json
from autobook_cli.suggest import LEAST_BOUND, Observed, Proposal, proposed, rules_file, stated_bound
from autobook_cli.target import NoTarget

_WIDTH: Final = 80
_SHOWN_UNREADABLE: Final = 20

Rules = Annotated[
    Path | None,
    typer.Option("--rules", help="Rules that are there already (with --stack, in addition to those of its table)."),
]
Out = Annotated[Path | None, typer.Option("--out", help="Write the rules to this new file (YAML).")]
Bound = Annotated[
    float,
    typer.Option(
        "--at-least", min=0.0, max=1.0, help="Leave out rules whose agreement may be less than this, e.g. 0.8."
    ),
]
Zone = Annotated[str, typer.Option("--timezone", help="Time zone of dates in files; a stack has its own.")]


def suggest(
    since: Since,
    rules: Rules = None,
    invoices: Invoices = None,
    more: MoreInvoices = None,
    out: Out = None,
    at_least: Bound = LEAST_BOUND,
    as_json: Json = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
    timezone: Zone = "Europe/Vienna",
) -> None:
    """Suggest rules from what people booked: the simplest condition first, and none that is there already.

    Learns from lines that a person set or confirmed. Each month is predicted from the months before it; how often
    people then booked what was predicted is the agreement that each rule states. The rules are in mode suggest, and
    go nowhere but into the file that --out names.

    Exit code 0: done. 1: done without rules that are broken. 2: a file could not be read or written.
    """
    if more and not invoices:
        raise typer.BadParameter(f"{more[0]}: files are given by --invoices")
    if out is not None and out.exists():
        say(f"autobook: {out} is there already: give a new name", err=True)
        raise typer.Exit(2)
    files = [*(invoices or ()), *(more or ())]
    with one_line_errors(), past_invoices(files, rules, since.date(), timezone, stack, profile, region) as past:
        now = datetime.now(UTC)
        observed = _observed(past, now)
        today = local_date(now, past.zone)
        with progress("learning", show=True) as on_progress:
            proposals = proposed(observed, today=today, least_bound=at_least, on_progress=on_progress)
    if out is not None:
        written(out, rules_file(proposals, today=today, since=since.date()))
    if as_json:
        print_json(_data(observed, proposals))
    else:
        say_lines("\n".join(_lines(observed, proposals, past)))
        if out is not None:
            say_lines(f"written, in mode suggest, and in no table yet:\n  {plain(out)}")
    for problem in past.broken:
        say_lines(f"autobook: {problem.located}", err=True)
    if past.broken:
        raise typer.Exit(2 if any(each.number is None for each in past.broken) else 1)


def _observed(past: Past, now: datetime) -> Observed:
    present = past.rules if past.tried is None else with_rules(past.rules, past.tried)
    observed = Observed(past.zone, past.history.names, present, now)
    for each in past.entries("reading"):
        if isinstance(each, Unreadable):
            observed.add_unreadable(each.id, each.reason)
        else:
            observed.add(each)
    if not observed.invoices and not observed.unreadable and not past.broken:
        raise NoTarget("there is no invoice of that day or later")
    return observed


def _lines(observed: Observed, proposals: Sequence[Proposal], past: Past) -> Iterator[str]:
    learned_from = f"{counted(observed.lines, 'line')} that people booked and no rule decides"
    already = f"; rules decide {observed.covered:,} more" if observed.covered else ""
    yield from _wrapped(
        f"{counted(len(proposals), 'rule')} suggested from {counted(observed.invoices, 'invoice')}: {learned_from}"
        f"{already}"
    )
    for each in proposals:
        yield ""
        yield from _of_proposal(each, past)
    if proposals:
        predicted, agreed = _together(proposals)
        yield ""
        yield from _wrapped(
            f"together: {agreed:,} of {predicted:,} predicted lines were booked so ({share(agreed, predicted)}), at "
            f"least {100 * stated_bound(agreed, predicted, len(proposals)):.1f} %"
        )
    if observed.unreadable:
        yield f"could not be read: {len(observed.unreadable):,}"
        for identifier, reason in observed.unreadable[:_SHOWN_UNREADABLE]:
            yield from _wrapped(f"{identifier}: {reason}", "  ")
        if more := len(observed.unreadable) - _SHOWN_UNREADABLE:
            yield from ([f"  … and {more:,} more"] if more > 0 else [])


def _of_proposal(proposal: Proposal, past: Past) -> Iterator[str]:
    names = past.history.names
    yield from _wrapped(proposal.rule_id)
    yield from _wrapped(str(proposal.item["when"]), "  ")
    values = (f"{field} {names.text(field, value)}" for field, value in proposal.values)
    yield from _wrapped(f"→ {', '.join(values)}", "  ")
    yield from _wrapped(
        f"{counted(proposal.support, 'line')} in {counted(proposal.months, 'month')} since {proposal.since:%Y-%m}; "
        f"predicted: {proposal.agreed:,} of {proposal.predicted:,} as booked, at least {100 * proposal.bound:.1f} %",
        "  ",
    )


def _together(proposals: Sequence[Proposal]) -> tuple[int, int]:
    return sum(each.predicted for each in proposals), sum(each.agreed for each in proposals)


def _data(observed: Observed, proposals: Sequence[Proposal]) -> dict[str, Any]:
    predicted, agreed = _together(proposals)
    return {
        "invoices": observed.invoices,
        "lines": observed.lines,
        "lines_that_rules_decide": observed.covered,
        "predicted": predicted,
        "agreed": agreed,
        "agreement_at_least": _rounded(stated_bound(agreed, predicted, len(proposals))),
        "proposals": [
            {
                "rule": dict(each.item),
                "ids": dict(each.values),
                "support": each.support,
                "months": each.months,
                "since": each.since,
                "predicted": each.predicted,
                "agreed": each.agreed,
                "agreement_at_least": _rounded(each.bound),
            }
            for each in proposals
        ],
        "unreadable": [{"id": identifier, "reason": reason} for identifier, reason in observed.unreadable],
    }


def _rounded(part: float) -> Decimal:
    return Decimal(f"{part:.6f}")


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(plain(text), _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ") or [indent]
