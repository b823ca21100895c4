"""What the simulator's page shows beside what the API does, and what a person does there with files."""

from base64 import b64encode
from datetime import date

import httpx
import pytest

from autobook_local.demo.documents import demo_documents
from autobook_sim.kanbert.server import Running

PDF = demo_documents(date(2026, 11, 21))[0].pdf
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def uploaded(sim: httpx.Client, content: bytes, name: str = "an invoice.pdf") -> httpx.Response:
    return sim.post("/incoming-invoices", json={"name": name, "content": b64encode(content).decode()})


def test_an_upload_is_one_through_the_api(sim: httpx.Client, api: httpx.Client) -> None:
    """A file that is uploaded on the page is read and announced as one that came through the API."""
    record = uploaded(sim, PDF).json()
    assert record["supplier"]["name"] == "Hostwerk Rechenzentrum GmbH"
    assert api.get(f"/incoming-invoices/{record['id']}").json()["sum_gross"] == 142.23


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "a.pdf", "content": "aGFsbG8="}, 422),
        ({"name": "a.pdf", "content": b64encode(b"%PDF-" + b"0" * 15 * 1024 * 1024).decode()}, 422),
        ({"name": "a.pdf", "content": "?"}, 400),
        ({"name": "a.pdf"}, 400),
        ({"content": "aGFsbG8="}, 400),
    ],
)
def test_what_is_refused(sim: httpx.Client, body: dict[str, str], status: int) -> None:
    """The page refuses what the API refuses, and says why."""
    answer = sim.post("/incoming-invoices", json=body)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert sim.get("/documents").json()["incoming"] == []


def test_files_tags_and_rules_are_shown(simulator: Running, sim: httpx.Client, api: httpx.Client) -> None:
    """Tags, notes, which rule set what, and the kind of the file are there for the page; the API shows no tags."""
    identifier, picture = uploaded(sim, PDF).json()["id"], uploaded(sim, PNG, "a.png").json()["id"]
    change = {"notes": "a note", "tags": ["hosting"]}
    assert api.patch(f"/incoming-invoices/{identifier}", json=change).is_success
    rules = [{"booking_id": None, "field": "note", "rule_id": "a-rule"}]
    assert sim.put("/rules", json={identifier: rules}).is_success
    listed = {each["id"]: each for each in sim.get("/documents").json()["incoming"]}
    found = listed[identifier]
    assert (found["notes"], found["tags"], found["rules"], found["file"]) == ("a note", ["hosting"], rules, "PDF")
    assert (listed[picture]["file"], listed[picture]["rules"]) == ("picture", None)
    assert "tags" not in api.get(f"/incoming-invoices/{identifier}").json()
    assert sim.put("/rules", json={identifier: "a-rule"}).status_code == 400
    assert sim.post("/reset").is_success
    assert simulator.kanbert.rules == {}


def test_a_file_is_what_it_is(sim: httpx.Client, api: httpx.Client) -> None:
    """The browser is told what a file is by its content, not by what its sender calls it."""
    files = {"file": ("a.html", PDF, "text/html")}
    identifier = api.post("/incoming-invoices", files=files).json()["id"]
    answer = sim.get(f"/incoming-invoices/{identifier}/file")
    assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert sim.get("/incoming-invoices/nobody/file").status_code == 404
    without = api.post("/incoming-invoices", files={"title": (None, "no file")}).json()["id"]
    assert sim.get(f"/incoming-invoices/{without}/file").status_code == 404
