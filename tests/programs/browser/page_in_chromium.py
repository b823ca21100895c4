"""A person opens the simulator's page, changes a booking, and sees the webhook leave."""

import json
import os
from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from autobook_local.demo.documents import demo_documents
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


def test_person_uploads_and_looks(tmp_path: Path) -> None:
    """A file that a person uploads is read; notes, tags, rules and the file itself are there to look at, as text."""
    pdf = tmp_path / "an invoice.pdf"
    pdf.write_bytes(demo_documents(date(2026, 11, 21))[0].pdf)
    with running(Kanbert(token="page-token")) as simulator, chromium(tmp_path / "profile") as page:
        page.open(simulator.url)
        page.wait("Boolean(document.querySelector('#upload'))")
        page.run(f"""(async () => {{
          const bytes = Uint8Array.from(atob("{b64encode(pdf.read_bytes()).decode()}"), each => each.charCodeAt(0));
          const files = new DataTransfer();
          files.items.add(new File([bytes], "an invoice.pdf", {{type: "application/pdf"}}));
          files.items.add(new File(["just a text"], "text.pdf", {{type: "application/pdf"}}));
          document.querySelector("#file").files = files.files;
          document.querySelector("#upload button").click();
        }})()""")
        page.wait("document.querySelectorAll('#incoming article').length === 1")
        page.wait("document.querySelector('#message').textContent.startsWith('Not uploaded: text.pdf: ')")
        (record,) = simulator.kanbert.store.all("incoming")
        assert record["supplier"]["name"] == "Hostwerk Rechenzentrum GmbH"
        booking = record["bookings"][0]["id"]
        account = next(each for each in simulator.kanbert.store.all("chart_of_accounts") if each["code"] == "7385")
        simulator.kanbert.change_invoice(
            record, {"notes": "first line\n<b>second</b>", "tags": ["hosting", "<i>x</i>"]}
        )
        simulator.kanbert.change_booking(record["id"], booking, {"chart_of_account_id": account["id"]})
        rules = [{"booking_id": booking, "field": "account", "rule_id": "hosting"},
                 {"booking_id": None, "field": "status", "rule_id": "ready <b>"}]  # fmt: skip
        answer = httpx.put(f"{simulator.url}/_sim/rules", json={record["id"]: rules})
        assert answer.is_success
        text = "document.querySelector('#incoming').textContent"
        for part in ("first line\\n<b>second</b>", "hosting", "<i>x</i>", "by rule hosting", "by rule ready <b>"):
            page.wait(f"{text}.includes('{part}')")
        link = page.run("document.querySelector('#incoming article a').href")
        for width in (390, 1280):
            page.resize(width, 900)
            page.wait(f"document.documentElement.scrollWidth <= {width}")
            page.screenshot(Path(os.environ.get("SCREENSHOTS", tmp_path)) / f"page-{width}.png")
        file = httpx.get(link)
        assert (file.content, file.headers["content-type"]) == (pdf.read_bytes(), "application/pdf")
