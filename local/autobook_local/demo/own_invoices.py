"""`autobook up --kanbert`: the invoices of a person's own Kanbert, found by the sweep and decided on this machine."""

import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from botocore.config import Config
from rich.console import Console

from autobook.adapters.kanbert import KanbertClient
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import AutobookError
from autobook.domain.events import Event
from autobook_local.demo.run import following, names_of
from autobook_local.demo.story import QUEUES, Story, dead_letters, waiting
from autobook_local.demo.table import table
from autobook_local.own_kanbert import OwnKanbertSystem
from autobook_local.stack import Deployment

_LONGEST_SECONDS = 900.0
_SWEEP_SECONDS = 260
"""More than the function's timeout."""
_SHOWN = 50


def show_own(system: OwnKanbertSystem, console: Console) -> list[str]:
    """Sweep once, follow what it finds, and print what the rules make of the newest. Returns what is wrong."""
    events: dict[Document, list[Event]] = {}
    with following(console) as progress, ThreadPoolExecutor(1) as pool:
        swept = pool.submit(_sweep, system.deployment)
        bar = progress.add_task("documents that the sweep found, decided", total=None)
        until, quiet_rounds = time.monotonic() + _LONGEST_SECONDS, 0
        while quiet_rounds < 2 and time.monotonic() < until:
            received = system.take_events()
            for event in received:
                events.setdefault(event.document, []).append(event)
            progress.update(bar, completed=len(events))
            busy = any(waiting(system.deployment, queue) for queue in QUEUES if queue in system.deployment.resources)
            quiet_rounds = quiet_rounds + 1 if swept.done() and not received and not busy else 0
        goes_on = quiet_rounds < 2
    with KanbertClient(system.kanbert_url, system.token) as client:
        stories = _newest(client, events)
        if stories:
            console.print(table(stories, _names(client)))
    _say_how_many(console, events, len(stories), goes_on=goes_on)
    return [*_sweep_fault(swept), *(f"dead letter in {letter}" for letter in dead_letters(system.deployment))]


def _sweep(deployment: Deployment) -> str:
    """Run it as its schedule would. Returns why it was interrupted; empty if it completed."""
    patient = Config(read_timeout=_SWEEP_SECONDS, retries={"total_max_attempts": 1}, proxies={})
    client = deployment.clients.session.client("lambda", endpoint_url=deployment.account.endpoint, config=patient)
    answer = client.invoke(FunctionName=deployment.resources["SweepFunction"], Payload=b"{}")
    counts: Any = json.loads(answer["Payload"].read())
    if not answer.get("FunctionError") and isinstance(counts, dict) and counts.get("Complete"):
        return ""
    reasons = [line for line in deployment.logs("SweepFunction") if '"reason"' in line or '"level":"ERROR"' in line]
    try:
        line = json.loads(reasons[-1])
        return str(line.get("reason") or line.get("exception_name") or line.get("message"))
    except (IndexError, ValueError, AttributeError):
        return "its log does not say why; it resumes by itself"


def _sweep_fault(swept: Future[str]) -> list[str]:
    if not swept.done():
        return []
    reason = swept.result()
    return [f"the sweep was interrupted: {reason}"] if reason else []


def _newest(client: KanbertClient, events: dict[Document, list[Event]]) -> list[Story]:
    """The newest incoming invoices, in their present state."""
    found = [document for document in events if document.kind is DocumentKind.INCOMING_INVOICE]
    stories = []
    for document in found[-_SHOWN:]:
        try:
            invoice = client.get_incoming_invoice(document.id)
        except AutobookError:
            continue  # its events have said what they could
        stories.append(Story(document, invoice.title or document.id, b"", events[document], invoice))
    return stories


def _names(client: KanbertClient) -> dict[str, str]:
    try:
        return names_of(client)
    except AutobookError:
        return {}  # without the scopes for it, ids are shown


def _say_how_many(console: Console, events: dict[Document, list[Event]], rows: int, *, goes_on: bool) -> None:
    incoming = sum(document.kind is DocumentKind.INCOMING_INVOICE for document in events)
    rest = f", {rows} of them above" if rows < incoming else ""
    console.print(f"{incoming} incoming and {len(events) - incoming} outgoing invoices were looked at{rest}")
    if goes_on:
        console.print("more are being looked at; it goes on in the background")
