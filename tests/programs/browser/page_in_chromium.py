"""A person opens the simulator's page, changes a booking, and sees the webhook leave."""

import json
import os
from pathlib import Path
from typing import Any

import httpx

from autobook_sim.kanbert.server import running
from autobook_sim.kanbert.service import Kanbert
from tests.autobook_sim.kanbert.receiver import receiver
from tests.programs.browser.chromium import chromium


def test_person_books_a_line(tmp_path: Path) -> None:
    """Choosing an account and pressing Save books the line; the webhook leaves, and the page shows that it did."""
    with running(Kanbert(token="page-token")) as simulator, receiver() as hook:
        simulator.kanbert.webhooks.options.debounce = 0.05
        simulator.kanbert.subscribe(hook.url, "secret")
        files: Any = {
            "title": (None, "Serverkosten <b>Jänner</b>"), "net_value": (None, "100"), "vat_value": (None, "20"),
            "invoice_number": (None, "R-1"), "bookings[0][value]": (None, "100"),
            "bookings[0][title]": (None, "Server"),
        }  # fmt: skip
        headers = {"Authorization": "Bearer page-token"}
        invoice = httpx.post(f"{simulator.api_url}/incoming-invoices", files=files, headers=headers).json()
        hook.wait(1)
        row = f"document.querySelector('#booking-{invoice['bookings'][0]['id']}')"
        with chromium(tmp_path / "profile") as page:
            page.open(simulator.url)
            page.wait(f"Boolean({row})")
            assert page.run("document.querySelector('article b').textContent") == "Serverkosten <b>Jänner</b>"
            account = "[...select.options].find(each => each.textContent.startsWith('7385')).value"
            page.run(f"(select => {{ select.value = {account}; }})({row}.querySelector('[name=chart_of_account_id]'))")
            page.run(f"{row}.querySelector('button').click()")
            body, _ = hook.wait(2)[1]
            page.wait("document.querySelector('#webhooks').textContent.includes('incoming-invoice:update')")
            page.wait(
                f"{row}.querySelector('[name=chart_of_account_id]').selectedOptions[0].textContent.includes('7385')"
            )
            page.screenshot(Path(os.environ.get("SCREENSHOT", tmp_path / "page.png")))
        sent = json.loads(body)
        assert sent["event"] == "incoming-invoice:update"
        assert sent["data"]["bookings"][0]["chart_of_account"]["code"] == "7385"
