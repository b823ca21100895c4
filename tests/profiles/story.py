"""A short story that any transport can play: documents come, are listed, read, written to, announced."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from autobook_sim.kanbert.profiles import profiles_of
from autobook_sim.kanbert.service import Kanbert
from autobook_sim.kanbert.store import Clock
from autobook_sim.kanbert.webhooks import announcement
from autobook_sim.kanbert.wire import stamp
from tests.fake_kanbert import booking, incoming, outgoing

TOKEN = "a-token-for-profiles"
BASE = "https://api.kanbert.com/api/v1"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def kanbert(profiles: Iterable[str]) -> Kanbert:
    """Ten documents, half of them with equal sort keys."""
    made = Kanbert(
        token=TOKEN, examples=False, incoming_pdf=True, profiles=profiles_of(profiles), clock=Clock(lambda: NOW)
    )
    made.store.clock.frozen = NOW
    for number in range(8):
        at = stamp(NOW - timedelta(minutes=number // 3))
        id_ = made.stage.identifier(f"doc{number}")
        project, position = next(made.store.all("projects"))["id"], next(made.store.all("positions"))["id"]
        known = {"chart_of_account": None, "outgoing_invoice": None, "project_id": project, "position_id": position}
        lines = [booking(f"b{line}") | known for line in range(number % 3)]
        record = incoming(id_, bookings=lines, created_at=at, updated_at=at, sum_gross=Decimal("120.12"), due_date=None)
        made.store.files[id_] = b"%PDF-1.7 %%EOF"
        made.stage.create("incoming", made.store.add("incoming", record | {"_md5": None, "_tags": None}))
    for number in range(2):
        id_ = made.stage.identifier(f"out{number}")
        made.store.files[id_] = b"%PDF-1.7 %%EOF"
        made.stage.create("outgoing", made.store.add("outgoing", outgoing(id_, title="", company=None)))
    return made


def calls(made: Kanbert) -> Iterable[tuple[str, str, dict[str, str], dict[str, Any] | None, float]]:
    """Method, path, query, body, and the seconds that pass before."""
    ids = list(made.store.tables["incoming"])
    lines = [str(line["id"]) for line in made.store.tables["incoming"][ids[2]]["bookings"]]
    account = next(made.store.all("chart_of_accounts"))["id"]
    *_, project = made.store.tables["projects"]
    yield "GET", "/incoming-invoices", {"filter": 'invoice_number = "R-2026-17"'}, None, 0
    for sort in ("-created_at", "title"):
        for _ in range(6):
            yield "GET", "/incoming-invoices", {"sort": sort, "page[size]": "3"}, None, 0
    yield "GET", "/chart-of-accounts", {"include": "positions"}, None, 0
    yield "GET", "/projects", {}, None, 0
    for seconds in (0, 30, 3600):
        for id_ in ids:
            yield "GET", f"/incoming-invoices/{id_}", {}, None, seconds / len(ids)
    for line in lines:
        body = {"chart_of_account_id": account, "title": "hosting  and\nmore "}
        yield "PATCH", f"/incoming-invoices/{ids[2]}/bookings/{line}", {}, body, 30
        yield "PATCH", f"/incoming-invoices/{ids[2]}/bookings/{line}", {}, {"project_id": project}, 30
    yield "PATCH", f"/incoming-invoices/{ids[2]}", {}, {"notes": "seen"}, 60
    yield "GET", f"/incoming-invoices/{ids[2]}", {}, None, 60
    for id_ in made.store.tables["outgoing"]:
        yield "GET", f"/outgoing-invoices/{id_}", {}, None, 0
        yield "GET", f"/outgoing-invoices/{id_}/pdf", {}, None, 0
    yield "GET", "/outgoing-invoices", {"include": "line_items"}, None, 0
    for id_ in ids:
        yield "GET", f"/incoming-invoices/{id_}/pdf", {}, None, 0
    yield "GET", "/projects", {}, None, 750  # to 10:47
    for _ in range(70):
        yield "GET", "/outgoing-invoices", {"sort": "-updated_at", "page[size]": "1"}, None, 0.01


def play(made: Kanbert, client: httpx.Client) -> list[tuple[int, str | None, bytes]]:
    """Status, `Retry-After` and body of every answer; each list is walked for two pages."""
    answers = []
    for method, path, query, body, seconds in calls(made):
        assert made.store.clock.frozen is not None
        made.store.clock.frozen += timedelta(seconds=seconds)
        answer = client.request(method, path, params=query, json=body)
        answers.append((answer.status_code, answer.headers.get("Retry-After"), answer.content))
        cursor = _cursor(answer)
        if cursor is not None:
            more = client.request(method, path, params={**query, "page[cursor]": cursor})
            answers.append((more.status_code, more.headers.get("Retry-After"), more.content))
    return answers


def _cursor(answer: httpx.Response) -> Any:
    try:
        page = answer.json()
    except ValueError:
        return None
    return page["meta"].get("next_cursor") if isinstance(page, dict) and isinstance(page.get("meta"), dict) else None


def webhooks(made: Kanbert) -> list[tuple[int, int, str, bytes, str]]:
    """Copies, delay, event, body and signature of a webhook about each document."""
    answers = []
    for id_, record in made.store.tables["incoming"].items():
        event, body = made.stage.webhook(*announcement(made.stage, "incoming", "create", record))
        signature = made.stage.signature(hmac.digest(b"secret", body, hashlib.sha256))
        answers.append((made.stage.copies(id_), round(made.stage.delay(id_)), event, body, signature))
    return answers
