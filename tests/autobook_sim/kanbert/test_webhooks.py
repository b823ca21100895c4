"""Webhooks as documented."""

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from tests.autobook_sim.kanbert.receiver import Received

SECRET = "webhook-secret"
LINE = {"title": (None, "Müller/Söhne"), "bookings[0][value]": (None, "1")}


@pytest.fixture
def subscribed(sim: httpx.Client, hook: Received) -> Received:
    """A subscription; changes wait for 50 ms."""
    sim.put("/webhook", json={"url": hook.url, "secret": SECRET})
    sim.put("/webhooks", json={"debounce": 0.05, "backoff": 0.01})
    return hook


def upload(api: httpx.Client) -> Any:
    """A document with one line."""
    files: Any = LINE
    return api.post("incoming-invoices", files=files).json()


def events(received: list[tuple[bytes, str]]) -> list[str]:
    """The names of what arrived."""
    return [json.loads(body)["event"] for body, _ in received]


def test_signed_and_escaped_as_php_does(api: httpx.Client, subscribed: Received) -> None:
    """The signature covers the raw body, in which slashes and non-ASCII are escaped."""
    invoice = upload(api)
    ((body, signature),) = subscribed.wait(1)
    assert signature == hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert rb"M\u00fcller\/S\u00f6hne" in body
    assert json.loads(body)["data"]["id"] == invoice["id"]
    assert events(subscribed.arrived) == ["incoming-invoice:create"]


def test_create_absorbs_quick_updates(api: httpx.Client, subscribed: Received, sim: httpx.Client) -> None:
    """One webhook for a create with quick updates, and it carries the latest state."""
    invoice = upload(api)
    api.patch(f"incoming-invoices/{invoice['id']}", json={"title": "später"})
    ((body, _),) = subscribed.wait(1)
    assert json.loads(body)["data"]["title"] == "später"
    while sim.get("/state").json()["webhooks_pending"]:
        pass
    assert events(subscribed.arrived) == ["incoming-invoice:create"]


def test_update_then_delete_are_two_in_order(api: httpx.Client, subscribed: Received, sim: httpx.Client) -> None:
    """An update is not swallowed by the delete that follows it."""
    invoice = upload(api)
    subscribed.wait(1)
    while sim.get("/state").json()["webhooks_pending"]:
        pass
    api.patch(f"incoming-invoices/{invoice['id']}", json={"title": "später"})
    sim.delete(f"/incoming-invoices/{invoice['id']}")
    assert events(subscribed.wait(3))[1:] == ["incoming-invoice:update", "incoming-invoice:delete"]


def test_delete_during_a_pending_create_sends_nothing(
    api: httpx.Client, subscribed: Received, sim: httpx.Client
) -> None:
    """A document that was deleted before it was announced is never announced."""
    invoice = upload(api)
    sim.delete(f"/incoming-invoices/{invoice['id']}")
    while sim.get("/state").json()["webhooks_pending"]:
        pass
    assert subscribed.arrived == []


def test_three_attempts_in_all(api: httpx.Client, subscribed: Received, sim: httpx.Client) -> None:
    """After three failures the event is dropped."""
    subscribed.answers = [500, 404, 302, 202]
    upload(api)
    subscribed.wait(3)
    while sim.get("/state").json()["webhooks_pending"]:
        pass
    assert len({body for body, _ in subscribed.arrived}) == 1
    assert len(subscribed.arrived) == 3
    assert [each["result"] for each in sim.get("/webhooks").json()["deliveries"]] == ["500", "404", "302"]


def test_no_webhook_without_a_change(api: httpx.Client, subscribed: Received, sim: httpx.Client) -> None:
    """Writing what is there already announces nothing."""
    invoice = upload(api)
    subscribed.wait(1)
    while sim.get("/state").json()["webhooks_pending"]:
        pass
    answer = api.patch(f"incoming-invoices/{invoice['id']}", json={"title": invoice["title"]})
    assert answer.json()["updated_at"] == invoice["updated_at"]
    assert sim.get("/state").json()["webhooks_pending"] == 0


def test_dropped_duplicated_and_held(api: httpx.Client, subscribed: Received, sim: httpx.Client) -> None:
    """A test may lose the next webhook, double it, or hold it back."""
    sim.put("/webhooks", json={"drop": 1})
    upload(api)
    while sim.get("/state").json()["webhooks_pending"]:
        pass
    assert subscribed.arrived == []
    sim.put("/webhooks", json={"duplicate": 1, "held": True})
    upload(api)
    assert sim.get("/state").json()["webhooks_pending"] == 1
    sim.put("/webhooks", json={"held": False})
    first, second = subscribed.wait(2)
    assert first == second


def test_subscription_through_the_api(api: httpx.Client, hook: Received, sim: httpx.Client) -> None:
    """`POST /webhooks` subscribes, the list shows it without its secret."""
    sim.put("/webhooks", json={"debounce": 0.05})
    made = api.post("webhooks", json={"url": hook.url, "secret": SECRET}).json()
    (listed,) = api.get("webhooks", params={"filter": f"url = '{hook.url}'", "sort": "-created_at"}).json()["data"]
    assert listed == made
    assert SECRET not in str(made)
    upload(api)
    ((body, signature),) = hook.wait(1)
    assert signature == hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def test_person_edits_a_booking_on_the_page(api: httpx.Client, subscribed: Received, sim: httpx.Client) -> None:
    """What the page sends when a person saves a line: the booking changes, and the webhook leaves.

    The page itself, in a browser, is tested by `make browser-test`.
    """
    invoice = upload(api)
    subscribed.wait(1)
    while sim.get("/state").json()["webhooks_pending"]:
        pass
    accounts = {each["code"]: each["id"] for each in sim.get("/documents").json()["accounts"]}
    line = invoice["bookings"][0]["id"]
    path = f"/incoming-invoices/{invoice['id']}/bookings/{line}"
    assert sim.patch(path, json={"value": "1", "chart_of_account_id": accounts["7380"]}).is_success
    body, _ = subscribed.wait(2)[1]
    assert json.loads(body)["data"]["bookings"][0]["chart_of_account"]["code"] == "7380"
