"""`autobook undo`: take back what rules have written, where it still stands as they wrote it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from autobook.adapters.dynamodb.history_store import DynamoHistory
from autobook.domain.documents import DocumentKind
from autobook.domain.errors import AutobookError, NotFound
from autobook.domain.event_values import value_of
from autobook.domain.provenance import Written
from autobook.domain.undo import Kept
from autobook.service.undo import UndoPreview, UndoValues
from autobook_cli.caller import name_of
from autobook_cli.console import plain, progress, say, say_json, say_lines
from autobook_cli.documents import resource, story
from autobook_cli.layout import before_text, counted, fit, in_words, ours_text, place_of
from autobook_cli.options import As, InvoiceOrNone, Json, Profile, Region, Stack, one_line_errors
from autobook_cli.target import NoTarget, Target, target
from autobook_cli.undo_selection import Selection
from autobook_cli.use_cases import process_of

_INCOMING = f"{DocumentKind.INCOMING_INVOICE}:"

OneRule = Annotated[str | None, typer.Option("--rule", help="Only what this rule has written.")]
Since = Annotated[
    datetime | None,
    typer.Option("--since", help="Only what was written since this day, e.g. 2026-01-31.", formats=["%Y-%m-%d"]),
]
Yes = Annotated[bool, typer.Option("--yes", help="Take it back without asking.")]


@dataclass
class _Undone:
    """What is taken back, or would be, and what stays, over all invoices; `interrupted` are undos to be finished."""

    restored: list[tuple[str, Written]] = field(default_factory=list)
    kept: list[tuple[str, Kept]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    interrupted: list[str] = field(default_factory=list)


def undo(
    document: InvoiceOrNone = None,
    rule: OneRule = None,
    since: Since = None,
    yes: Yes = False,
    as_: As = None,
    as_json: Json = False,
    stack: Stack = None,
    profile: Profile = None,
    region: Region = None,
) -> None:
    """Take back what rules have written: of one invoice, or what a rule has written since a day.

    Shows the difference, and asks. What stood there before is put back only where our value still stands, in invoices
    that are open. Nothing writes it there again until the rule changes. Safe to repeat; one that was interrupted is
    brought to its end. Exit code 1: it could not be done for an invoice, or you said no.
    """
    if document is None and (rule is None or since is None):
        say("autobook: name an invoice, or a rule with --rule ID and --since DATE", err=True)
        raise typer.Exit(2)
    with one_line_errors():
        deployed = target(stack, profile, region)
        by = name_of(deployed, as_)
        with process_of(deployed) as process:
            start = since.replace(tzinfo=process.zone) if since else None
            selection = _selection(deployed, document, rule, start)
            use_case = UndoValues(process)
            planned = _preview(use_case, selection, show=not as_json)
            if (planned.restored or planned.interrupted) and not yes and not _agreed(planned, by):
                raise typer.Exit(1)
            done = _take_back(use_case, planned, by)
    if as_json:
        say_json(json.dumps(_undone_data(by, done), ensure_ascii=False, indent=2))
    else:
        _print_result(planned, done)
    raise typer.Exit(1 if done.failed else 0)


def _selection(deployed: Target, document: str | None, rule: str | None, since: datetime | None) -> Selection:
    history = DynamoHistory(deployed.client("dynamodb"), resource(deployed, "HistoryTable"))
    if document is not None:
        key, entries = story(history, document)
        if not key.startswith(_INCOMING):
            raise NoTarget(f"{document} is no incoming invoice: nothing was written into it")
        return Selection.of_document(key, entries, rule, since)
    if rule is None or since is None:
        raise NoTarget("name an invoice, or a rule with --rule ID and --since DATE")
    return Selection.of_rule(history, rule, since)


def _preview(use_case: UndoValues, selection: Selection, *, show: bool) -> _Undone:
    found = _Undone()
    with progress("looking at invoices", show=True) as moved:
        for number, key in enumerate(selection.documents, 1):
            identifier = key.removeprefix(_INCOMING)
            try:
                preview = use_case.preview(identifier, lambda written, key=key: selection.wanted(key, written))  # type: ignore[misc]
            except NotFound:
                found.failed.append((identifier, "the invoice is gone from Kanbert"))
            except AutobookError as error:  # about this one; the others go on
                found.failed.append((identifier, str(error)))
            else:
                found.restored += [(identifier, each) for each in preview.plan.values]
                found.kept += [(identifier, each) for each in preview.plan.kept]
                found.interrupted += [identifier] if preview.interrupted else []
                if show:
                    say_lines("\n".join(_lines(preview)))
            moved(number, len(selection.documents))
    return found


def _take_back(use_case: UndoValues, planned: _Undone, by: str) -> _Undone:
    """Take back what was shown, and nothing else."""
    done = _Undone(kept=list(planned.kept), failed=list(planned.failed))
    to_undo: dict[str, list[Written]] = {identifier: [] for identifier in planned.interrupted}
    for identifier, ours in planned.restored:
        to_undo.setdefault(identifier, []).append(ours)
    trace = f"undo-{datetime.now(UTC).isoformat()}"
    with progress("taking back", show=True) as moved:
        for number, (identifier, values) in enumerate(to_undo.items(), 1):
            by_place = {each.place: each for each in values}

            def wanted(written: Written, by_place: dict[Any, Written] = by_place) -> Written | None:
                ours = by_place.get(written.place)
                same = ours is not None and (ours.value, ours.rule_id) == (written.value, written.rule_id)
                return ours if same else None

            try:
                result = use_case(identifier, wanted, by, trace)
            except AutobookError as error:
                done.failed.append((identifier, str(error)))
            else:
                done.restored += [(identifier, each) for each in result.restored]
                done.kept += [(identifier, each) for each in result.kept]
            moved(number, len(to_undo))
    return done


def _agreed(planned: _Undone, by: str) -> bool:
    invoices = len({identifier for identifier, _ in planned.restored})
    values = counted(len(planned.restored), "value")
    rest = f", and finish {counted(len(planned.interrupted), 'interrupted undo')}" if planned.interrupted else ""
    return typer.confirm(plain(f"Take back {values} in {counted(invoices, 'invoice')}{rest}, as {by}?"), err=True)


# --- text --------------------------------------------------------------------------------------------------------


def _lines(preview: UndoPreview) -> Iterator[str]:
    yield fit(in_words(preview.invoice))
    if preview.interrupted is not None:
        values = counted(len(preview.interrupted.values), "value")
        yield fit(f"an undo of {values} by {preview.interrupted.by} was interrupted, and is finished first", "  ")
    for each in preview.plan.values:
        yield fit(f"{place_of(each)}: {ours_text(each)} → {before_text(each)} (rule {each.rule_id})", "  ")
    for kept in preview.plan.kept:
        yield fit(f"stays: {place_of(kept.ours)} = {ours_text(kept.ours)}: {kept.reason}", "  ")
    if not (preview.plan.values or preview.plan.kept or preview.interrupted):
        yield "  nothing of ours stands there"


def _print_result(planned: _Undone, done: _Undone) -> None:
    for identifier, kept in done.kept[len(planned.kept) :]:
        say_lines(fit(f"{identifier} {place_of(kept.ours)} stays: {kept.reason}"))
    for identifier, reason in done.failed:
        say_lines(fit(f"{identifier} could not be done: {reason}"))
    if not (done.restored or done.kept or done.failed):
        say("nothing of that stands any more; nothing to take back")
        return
    invoices = len({identifier for identifier, _ in done.restored})
    stay = "1 stays" if len(done.kept) == 1 else f"{len(done.kept)} stay"
    say(f"{counted(len(done.restored), 'value')} taken back in {counted(invoices, 'invoice')}, {stay}")


# --- data --------------------------------------------------------------------------------------------------------


def _undone_data(by: str, done: _Undone) -> dict[str, Any]:
    return {
        "by": by,
        "restored": [{"id": identifier, **_value_data(each)} for identifier, each in done.restored],
        "kept": [{"id": identifier, **_value_data(each.ours), "reason": each.reason} for identifier, each in done.kept],
        "failed": [{"id": identifier, "reason": reason} for identifier, reason in done.failed],
    }


def _value_data(ours: Written) -> dict[str, Any]:
    written = value_of(ours.field, ours.value, ours.value_name)
    before = value_of(ours.field, ours.before, ours.before_name)
    return {
        "booking_id": ours.booking_id,
        "field": ours.field,
        "ours": written.model_dump(exclude_none=True) if written else None,
        "before": before.model_dump(exclude_none=True) if before else None,
        "rule_id": ours.rule_id,
        "rule_version": ours.rule_version,
    }
