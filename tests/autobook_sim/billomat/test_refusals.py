"""What the simulated Billomat refuses, and who may talk to it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from autobook_sim.billomat.operations import OPERATIONS
from autobook_sim.billomat.profiles import PROFILES
from autobook_sim.billomat.server import RunningBillomat, running_billomat
from autobook_sim.billomat.service import Billomat
from autobook_sim.command import app

XML = {"Content-Type": "application/xml"}
GOOD = "<supplier_id>1</supplier_id><number>R</number><date>2026-01-31</date>"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningBillomat]:
    """One for all."""
    with running_billomat(Billomat(api_key="sim-key")) as running:
        yield running


@pytest.fixture
def http(server: RunningBillomat) -> Iterator[httpx.Client]:
    """With the API key, after a reset."""
    server.billomat.reset()
    with httpx.Client(base_url=server.url, headers={"X-BillomatApiKey": "sim-key"}, timeout=60) as http:
        yield http


ENTITY = '<!DOCTYPE incoming [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BOMB = '<!DOCTYPE incoming [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (f"<incoming>{GOOD}</incoming>", 201),
        (f"<incoming>{GOOD}", 400),
        ("", 400),
        ('{"incoming": {}}', 400),
        (f"<invoice>{GOOD}</invoice>", 400),
        (f"<incoming>{GOOD}<note>&x;</note></incoming>", 400),
        (f"{ENTITY}<incoming>{GOOD}<note>&x;</note></incoming>", 400),
        (f"{BOMB}<incoming>{GOOD}<note>&b;</note></incoming>", 400),
        (f"<!DOCTYPE incoming><incoming>{GOOD}</incoming>", 400),
        (f"<incoming>{GOOD}<colour>red</colour></incoming>", 400),
        (f"<incoming>{GOOD}<note><b>x</b></note></incoming>", 400),
        (f"<incoming>{GOOD.replace('>1<', '>4711<')}</incoming>", 400),
        (f"<incoming>{GOOD.replace('>R<', '> <')}</incoming>", 400),
        ("<incoming/>", 400),
    ],
)
def test_bodies(body: str, status: int, http: httpx.Client, server: RunningBillomat) -> None:
    """Malformed XML, document types and entities, wrong roots, unknown elements, unknown ids: refused with a reason."""
    answer = http.post("/api/incomings", content=body, headers=XML)
    assert answer.status_code == status
    assert len(server.billomat.store.tables["incomings"]) == (status == 201)
    assert b"root:" not in answer.content
    if status == 400:
        assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<errors><error>')


def test_media_types(http: httpx.Client) -> None:
    """A body has to be sent as XML, and an answer is XML."""
    content = f"<incoming>{GOOD}</incoming>"
    assert http.post("/api/incomings", content=content).status_code == 415
    assert http.post("/api/incomings", content=content, headers={"Content-Type": "text/plain"}).status_code == 415
    assert http.get("/api/incomings", headers={"Accept": "application/json"}).status_code == 406


def test_unknown_ids(http: httpx.Client) -> None:
    """404 for an id that is not there, or is none, by every operation with one."""
    for each in OPERATIONS:
        if "{id}" in each.path:
            for text in ("4711", "x", "-1", "1e9", "9" * 30):
                path = f"/api{each.path.replace('{id}', text)}"
                assert http.request(each.method, path, content="<incoming/>", headers=XML).status_code == 404, path


def test_unknown_paths_and_methods(http: httpx.Client) -> None:
    """What is not there is refused in XML as well."""
    assert http.get("/api/clients").status_code == 404
    answer = http.patch("/api/incomings")
    assert answer.status_code == 405
    assert answer.content.startswith(b"<?xml")


def test_deleted_with_its_file_and_tags(http: httpx.Client, server: RunningBillomat) -> None:
    """A deletion takes files and tags with it; a second one finds nothing."""
    http.post("/api/incomings", content=f"<incoming>{GOOD}</incoming>", headers=XML)
    (there,) = server.billomat.store.all("incomings")
    tag = f"<incoming-tag><incoming_id>{there['id']}</incoming_id><name>x</name></incoming-tag>"
    assert http.post("/api/incoming-tags", content=tag, headers=XML).status_code == 201
    assert http.delete(f"/api/incomings/{there['id']}").status_code == 200
    assert http.delete(f"/api/incomings/{there['id']}").status_code == 404
    assert server.billomat.store.tables["tags"] == {}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/_sim/profile", {"name": "nil", "most_per_page": 3}, 200),
        ("PUT", "/_sim/profile", {"name": "none"}, 400),
        ("PUT", "/_sim/profile", {"colour": "red"}, 400),
        ("PUT", "/_sim/quota", {"calls": -1}, 400),
        ("PUT", "/_sim/quota", {"calls": None}, 200),
        ("POST", "/_sim/faults", {"operation": "*", "kind": "odd"}, 400),
        ("POST", "/_sim/faults", {"operation": "incomings.*", "kind": "drop"}, 200),
        ("POST", "/_sim/suppliers", {"name": "Neu GmbH"}, 200),
        ("POST", "/_sim/suppliers", {"name": "Neu GmbH", "id": "1"}, 400),
        ("POST", "/_sim/incomings/4711/paid", {}, 404),
    ],
)
def test_control(method: str, path: str, body: dict[str, Any], status: int, http: httpx.Client) -> None:
    """The control endpoint takes what makes sense, and says why it does not take the rest."""
    answer = http.request(method, path, json=body)
    assert answer.status_code == status
    assert status == 200 or answer.json()["message"]


def test_foreign_pages_change_nothing(http: httpx.Client) -> None:
    """A page of another site, a form and another host's name are refused; the page itself is there."""
    body = {"calls": 0}
    assert http.put("/_sim/quota", json=body, headers={"Origin": "https://evil.example"}).status_code == 403
    assert http.put("/_sim/quota", content="{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert http.get("/_sim/documents", headers={"Host": "evil.example"}).status_code == 403
    assert http.get("/api/incomings", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    page = http.get("/")
    assert page.status_code == 200
    assert "Billomat, simulated" in page.text
    assert "innerHTML" not in page.text


def test_the_page_has_its_data(http: httpx.Client) -> None:
    """Incomings with their supplier, tags and the size of the file; suppliers; requests."""
    http.post("/api/incomings", content=f"<incoming>{GOOD}<total_gross>1.50</total_gross></incoming>", headers=XML)
    known = http.get("/_sim/documents").json()
    (there,) = known["incomings"]
    assert (there["supplier"], there["number"], there["total_gross"], there["file"], there["tags"]) == (
        "Hostwerk GmbH", "R", "1.50", 0, [],
    )  # fmt: skip
    assert len(known["suppliers"]) == 3
    assert [each["operation"] for each in known["requests"]] == ["incomings.create"]


def test_profiles_are_offered() -> None:
    """The command line lists the profiles and refuses others."""
    listed = CliRunner().invoke(app, ["billomat", "--help"], env={"COLUMNS": "400"})
    assert listed.exit_code == 0
    assert all(name in " ".join(listed.output.split()) for name in PROFILES)
    assert CliRunner().invoke(app, ["billomat", "--profile", "none"]).exit_code == 2
