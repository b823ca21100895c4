"""A page of another site, in the browser of a developer whose simulator and emulator run."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from autobook_local.stack import Toolchains
from autobook_local.stack.emulator import Emulator
from autobook_sim.kanbert.server import Running, running
from autobook_sim.kanbert.service import Kanbert
from tests.programs.browser.chromium import Page, chromium

BUCKET = "a-bucket"
FETCHES = """
Promise.all({attempts}.map(([path, options]) => fetch("{target}" + path, options)
  .then(async answer => `${{answer.type}} ${{answer.status}} ${{(await answer.text()).slice(0, 9)}}`, () => "blocked")))
"""
"""What a page learns of each: nothing ("blocked"), or that something came which it cannot read ("opaque")."""


class _Foreign(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>foreign</title><body></body>")

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def foreign() -> Iterator[str]:
    """A site of somebody else."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Foreign) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def simulator() -> Iterator[Running]:
    with running(Kanbert(token="page-token")) as simulator:
        files: Any = {"title": (None, "An invoice"), "net_value": (None, "1"), "vat_value": (None, "0")}
        headers = {"Authorization": "Bearer page-token"}
        httpx.post(f"{simulator.api_url}/incoming-invoices", files=files, headers=headers).raise_for_status()
        simulator.kanbert.requests.clear()
        yield simulator


def tried(page: Page, target: str, attempts: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """What the page learns from these fetches."""
    found: list[str] = page.run(FETCHES.format(attempts=[list(each) for each in attempts], target=target))
    return found


def also_tried(page: Page, target: str, path: str) -> None:
    """All other ways to send something: a form in a frame, an image, a script, a beacon, a WebSocket."""
    page.run(f"""new Promise(done => {{
      const frame = Object.assign(document.createElement("iframe"), {{name: "frame"}});
      const form = Object.assign(document.createElement("form"),
        {{action: "{target}{path}", method: "post", target: "frame", enctype: "text/plain"}});
      const image = Object.assign(new Image(), {{src: "{target}{path}"}});
      const script = Object.assign(document.createElement("script"), {{src: "{target}{path}"}});
      document.body.append(frame, form, image, script);
      form.submit();
      navigator.sendBeacon("{target}{path}", "x");
      const socket = new WebSocket("{target}{path}".replace("http", "ws"));
      socket.onclose = event => done(event.code);
    }})""")


def test_simulator(foreign: str, simulator: Running, tmp_path: Path) -> None:
    """A foreign page reads nothing of the simulator and changes nothing there, whichever way it asks."""
    json = {"Content-Type": "application/json"}
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("/_sim/webhooks", {}),
        ("/_sim/reset", {"method": "POST", "headers": json, "body": "{}"}),
        ("/api/v1/incoming-invoices", {"headers": {"Authorization": "Bearer page-token"}}),
        ("/_sim/reset", {"method": "POST", "mode": "no-cors", "body": "{}"}),
    ]
    with chromium(tmp_path / "profile") as page:
        page.open(foreign)
        page.wait("document.title == 'foreign'")
        assert [each.split()[0] for each in tried(page, simulator.url, attempts)] == ["blocked"] * 3 + ["opaque"]
        also_tried(page, simulator.url, "/_sim/reset")
        page.run(f"location.href = '{simulator.url}/'")  # a link to it
        page.wait("document.body.textContent.includes('not answered')")
        page.open(f"{simulator.url}/")  # typed by a person
        page.wait("document.title.includes('Kanbert')")
        page.wait("document.body.textContent.includes('An invoice')")
    assert simulator.kanbert.requests == []
    assert len(simulator.kanbert.store.tables["incoming"]) == 1


def test_name_that_leads_here(simulator: Running, tmp_path: Path) -> None:
    """A name of a foreign site that is made to lead to this machine (DNS rebinding) shows nothing of the simulator."""
    port = simulator.url.rpartition(":")[2]
    with chromium(tmp_path / "profile", "--host-resolver-rules=MAP evil.example 127.0.0.1") as page:
        page.open(f"http://evil.example:{port}/")
        page.wait("document.body.textContent.includes('loopback')")
        answers = tried(page, "", [("/_sim/webhooks", {}), ("/_sim/reset", {"method": "POST", "body": "{}"})])
    assert [each.split()[:2] for each in answers] == [["basic", "403"]] * 2
    assert len(simulator.kanbert.store.tables["incoming"]) == 1


def test_emulator(foreign: str, tmp_path: Path) -> None:
    """A foreign page reads nothing of the emulator and changes nothing there; a page from a bucket runs no script."""
    emulator = Emulator.start(Toolchains())
    try:
        s3, endpoint = emulator.account.clients().s3, emulator.account.endpoint
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        script = b"<title>stored</title><body><script>document.title = 'run'</script></body>"
        s3.put_object(Bucket=BUCKET, Key="page.html", Body=script, ContentType="text/html")
        stored = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "page.html"})
        attempts: list[tuple[str, dict[str, Any]]] = [
            ("/_ministack/sqs/messages", {}),
            ("/_ministack/health", {}),
            (stored.removeprefix(endpoint), {}),
            (f"/{BUCKET}/page.html", {"method": "DELETE"}),
            ("/_ministack/reset", {"method": "POST", "mode": "no-cors", "body": "{}"}),
        ]
        with chromium(tmp_path / "profile") as page:
            page.open(foreign)
            page.wait("document.title == 'foreign'")
            assert [each.split()[0] for each in tried(page, endpoint, attempts)] == ["blocked"] * 4 + ["opaque"]
            also_tried(page, endpoint, "/_ministack/reset")
            page.open(stored)
            page.wait("document.title == 'stored'")
        assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1
    finally:
        emulator.stop()
