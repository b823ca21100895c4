"""`autobook sweep` and `autobook reconcile`: find documents that are missing somewhere, and have them processed."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autobook.service.reconcile_result import ReconcileResult
from autobook_cli.console import console, plain
from autobook_cli.options import Profile, Region, Stack, one_line_errors
from autobook_cli.target import target
from autobook_cli.use_cases import reconcile_of, sweep_of

Since = Annotated[
    datetime,
    typer.Option(
        help="Documents created (outgoing: changed) since this day, in UTC, e.g. 2026-01-31.", formats=["%Y-%m-%d"]
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count; queue nothing.")]
LookOnly = Annotated[bool, typer.Option("--dry-run", help="Count and list; repair nothing.")]


def _bar(out: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=out,
    )


def sweep(
    since: Since, dry_run: DryRun = False, stack: Stack = None, profile: Profile = None, region: Region = None
) -> None:
    """Queue every document that is new or changed since a day. Counts first, then queues.

    From then on the scheduled sweep looks back to that day, too.
    """
    out = console()
    with one_line_errors(), sweep_of(target(stack, profile, region)) as use_case, _bar(out) as bar:
        counting = bar.add_task("counting", total=None)
        counts, news = Counter[str](), []
        began = since.replace(tzinfo=UTC)
        for found in use_case.find(began):
            counts[f"{found.document.kind} {found.status or '-'}"] += 1
            if found.needs_processing:
                news.append(found)
            bar.update(counting, completed=counts.total(), description=f"counting, {len(news)} to queue,")
        bar.update(counting, total=counts.total())
        if not dry_run:
            queueing = bar.add_task("queueing", total=len(news))
            for found in news:
                use_case.submit(found)
                bar.advance(queueing)
            use_case.reach_back(began)
    for name, count in sorted(counts.items()):
        out.print(plain(f"{name}: {count}"), soft_wrap=True)
    did = "would be queued" if dry_run else "queued"
    out.print(f"{counts.total()} documents since {since:%Y-%m-%d}, {len(news)} {did}")


def reconcile(dry_run: LookOnly = False, stack: Stack = None, profile: Profile = None, region: Region = None) -> None:
    """Count the documents in Kanbert, provenance and the archive, list every difference, and repair it.

    Exit code 1 if there was a difference.
    """
    out = console()
    with one_line_errors(), _bar(out) as bar:
        task = bar.add_task("comparing", total=None)

        def show(result: ReconcileResult) -> None:
            compared = sum(result.kanbert.values())
            bar.update(task, completed=compared, description=f"comparing, {result.found} differences,")

        with reconcile_of(target(stack, profile, region), repairs=not dry_run, on_page=show) as use_case:
            reconciled = use_case()
    _show(reconciled, out, repair=not dry_run)
    raise typer.Exit(0 if reconciled.agrees else 1)


def _show(reconciled: ReconcileResult, out: Console, *, repair: bool) -> None:
    table = Table("documents", "Kanbert", "provenance", "archive")
    counts = (reconciled.kanbert, reconciled.provenance, reconciled.archive)
    for name in sorted({name for each in counts for name in each}):
        table.add_row(plain(name), *(str(each.get(name, 0)) for each in counts))
    out.print(table)
    for difference in reconciled.differences:
        key = f"{difference.document.kind}/{difference.document.id}"
        out.print(plain(f"{difference.kind}: {key} ({difference.status or '-'})"), soft_wrap=True)
    if reconciled.found > len(reconciled.differences):
        out.print(f"… and {reconciled.found - len(reconciled.differences)} more")
    queued = ", queued again" if reconciled.found and repair else ""
    dead = f", {reconciled.dead} ended as dead letters before" if reconciled.dead else ""
    left_out = f"{reconciled.in_flight} in flight, {reconciled.before_horizon} older than the first sweep's horizon"
    if reconciled.unconfirmed:
        left_out += f", {reconciled.unconfirmed} that Kanbert would not give"
    out.print(f"{reconciled.found} differences{queued}{dead}; {left_out}")
