"""`make up KANBERT=…` after its start: the sweep alone finds the invoices of a Kanbert that sends no webhook."""

import io
from contextlib import closing

from rich.console import Console

from autobook_local.demo.documents import DemoDocument
from autobook_local.demo.own_invoices import show_own
from autobook_local.listening import EventListener
from autobook_local.own_kanbert import OwnKanbertSystem
from autobook_local.system import LocalSystem
from tests.end_to_end.test_main_job import upload
from tests.end_to_end.webhooks import unsubscribed


def test_the_sweep_alone(system: LocalSystem, hosting: DemoDocument) -> None:
    """An invoice that nobody announced is found and decided, and is a row of the table."""
    own = OwnKanbertSystem(system.simulator.api_url, system.simulator.token, tools=system.tools)
    own.deployment, own.listener = system.deployment, EventListener(system.deployment)
    out = io.StringIO()
    with unsubscribed(system), closing(own.listener):
        upload(system, hosting, "no webhook can arrive")
        faults = show_own(own, Console(file=out, width=80))
    assert [each for each in faults if "Billomat" not in each] == []  # of other tests
    text = out.getvalue()
    assert "hostwerk-hosting:" in text
    assert "invoices were looked at" in text
    assert max(map(len, text.splitlines())) <= 80
