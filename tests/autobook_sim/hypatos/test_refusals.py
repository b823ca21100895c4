"""What the simulated Hypatos refuses, and how each profile says so."""

import re
from typing import Any

import httpx
import pytest

from autobook_sim.hypatos.profiles import PROFILES
from tests.autobook_sim.hypatos.conftest import CLIENT, basic, issued

INSERT = "enrichment/invoices"


def invoice(external_id: str = "kanbert-1", **fields: Any) -> dict[str, Any]:
    """The least that an invoice needs, and these fields."""
    return {"externalId": external_id, "invoiceLines": [], **fields}


def locations(answer: httpx.Response) -> list[list[Any]]:
    """Where the 422 says that something is wrong, without `body`."""
    assert answer.status_code == 422, answer.text
    details = answer.json()["detail"]
    assert all(set(each) == {"loc", "msg", "type"} for each in details)
    return [each["loc"][1:] for each in details]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"invoiceLines": []}, ["externalId"]),
        ({"externalId": "x"}, ["invoiceLines"]),
        (invoice(""), ["externalId"]),
        (invoice("a b"), ["externalId"]),
        (invoice(externalId=7), ["externalId"]),
        (invoice(invoiceLines={}), ["invoiceLines"]),
        (invoice(invoiceLines=["x"]), ["invoiceLines", 0]),
        (invoice(invoiceLines=[{}, {"netAmount": "1.23"}]), ["invoiceLines", 1, "netAmount"]),
        (invoice(invoiceLines=[{"netAmount": True}]), ["invoiceLines", 0, "netAmount"]),
        (invoice(invoiceLines=[{"taxCode": "V19"}]), ["invoiceLines", 0, "taxCode"]),
        (
            invoice(invoiceLines=[{"accountAssignments": [{"glAccountCode": 4400}]}]),
            ["invoiceLines", 0, "accountAssignments", 0, "glAccountCode"],
        ),
        (invoice(currency="EURO"), ["currency"]),
        (invoice(currency="eur"), ["currency"]),
        (invoice(issuedDate="31.01.2026"), ["issuedDate"]),
        (invoice(issuedDate="2026-02-30"), ["issuedDate"]),
        (invoice(issuedDate="2026-01-31T00:00:00Z"), ["issuedDate"]),
        (invoice(isCanceled="true"), ["isCanceled"]),
        (invoice(isCreditNote=0), ["isCreditNote"]),
        (invoice(documentId="short"), ["documentId"]),
        (invoice(documents=[]), ["documents"]),
        (invoice(documents=[{"id": "zz"}]), ["documents", 0, "id"]),
        (invoice(customFields=[]), ["customFields"]),
        (invoice(customMetadata="x"), ["customMetadata"]),
        (invoice(headerText=None), ["headerText"]),
        (
            invoice(paymentTerms={"descriptions": [{"text": "x", "language": "xx"}]}),
            ["paymentTerms", "descriptions", 0, "language"],
        ),
        (invoice(withholdingTax=[{"amount": "1"}]), ["withholdingTax", 0, "amount"]),
        ([], []),
        ("x", []),
    ],
)
def test_invalid_bodies(api: httpx.Client, sim: httpx.Client, body: Any, place: list[Any]) -> None:
    """Missing fields and wrong types, patterns and codes are 422 with their place; nothing is kept."""
    assert locations(api.post(INSERT, json=body)) == [place]
    assert sim.get("/invoices").json() == []


def test_everything_wrong_is_reported_at_once(api: httpx.Client) -> None:
    """Each fault has its own place."""
    found = locations(api.post(INSERT, json={"currency": "?", "isCanceled": 1, "invoiceLines": [{"unitPrice": "x"}]}))
    assert found == [["externalId"], ["isCanceled"], ["currency"], ["invoiceLines", 0, "unitPrice"]]


def test_null_is_taken_where_the_reference_says_so(api: httpx.Client) -> None:
    """`currency` and a description's `language` may be null."""
    terms = {"descriptions": [{"text": "sofort", "language": None}]}
    assert api.post(INSERT, json=invoice(currency=None, paymentTerms=terms)).status_code == 200


@pytest.mark.parametrize("content", [b"{", b"", b'{"externalId": "x", "invoiceLines": [NaN]}', b"\xff"])
def test_malformed_json(api: httpx.Client, content: bytes) -> None:
    """422 about the body as a whole."""
    answer = api.post(INSERT, content=content, headers={"Content-Type": "application/json"})
    assert locations(answer) == [[]]


def test_content_type(api: httpx.Client) -> None:
    """Only JSON is taken."""
    assert api.post(INSERT, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic eDp5", "bearer x y"])
def test_tokens(bare: httpx.Client, header: str) -> None:
    """401 without a token that was issued here."""
    assert bare.post(INSERT, json=invoice(), headers={"Authorization": header}).status_code == 401


def test_tokens_expire(api: httpx.Client, sim: httpx.Client) -> None:
    """A token is refused when its time is over."""
    assert api.post(INSERT, json=invoice()).status_code == 200
    sim.put("/clock", json={"advance": 86_401})
    assert api.post(INSERT, json=invoice()).status_code == 401


@pytest.mark.parametrize(
    ("header", "form", "status", "error"),
    [
        ("", {"grant_type": "client_credentials"}, 401, "invalid_client"),
        (basic(CLIENT, "wrong"), {"grant_type": "client_credentials"}, 401, "invalid_client"),
        ("Basic not-base64!", {"grant_type": "client_credentials"}, 401, "invalid_client"),
        (basic(), {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (basic(), {}, 400, "invalid_request"),
    ],
)
def test_token_endpoint(bare: httpx.Client, header: str, form: dict[str, str], status: int, error: str) -> None:
    """The client is checked, then the grant (RFC 6749, 5.2)."""
    answer = bare.post("auth/token", data=form, headers={"Authorization": header})
    assert (answer.status_code, answer.json()) == (status, {"error": error})


@pytest.mark.parametrize("name", PROFILES)
def test_each_profile_issues_tokens_and_inserts(bare: httpx.Client, sim: httpx.Client, name: str) -> None:
    """Whatever the profile, a client that knows it gets a token and inserts an invoice."""
    sim.put("/profile", json={"name": name}).raise_for_status()
    root = PROFILES[name].token_at_root
    token = issued(bare, str(bare.base_url.join("/auth/token")) if root else "auth/token")["access_token"]
    answer = bare.post(INSERT, json=invoice(), headers={"Authorization": f"Bearer {token}"})
    assert answer.is_success
    assert len(sim.get("/invoices").json()) == 1


@pytest.mark.parametrize(
    ("name", "status", "kept"),
    [("documented", 200, ["b"]), ("insert-again", 200, ["a", "b"]), ("insert-conflict", 409, ["a"]),
     ("insert-refused", 422, ["a"])],
)  # fmt: skip
def test_known_external_ids(api: httpx.Client, sim: httpx.Client, name: str, status: int, kept: list[str]) -> None:
    """A second insert replaces, inserts again, or is refused."""
    sim.put("/profile", json={"name": name})
    assert api.post(INSERT, json=invoice(headerText="a")).status_code == 200
    assert api.post(INSERT, json=invoice(headerText="b")).status_code == status
    assert [each["body"]["headerText"] for each in sim.get("/invoices").json()] == kept


def test_merge_patch(api: httpx.Client, sim: httpx.Client) -> None:
    """RFC 7396: objects are merged, null removes, lists are replaced; 404 for an unknown externalId."""
    headers = {"Content-Type": "application/merge-patch+json"}
    path = f"{INSERT}/kanbert-1"
    assert api.request("PATCH", path, json={"headerText": "b"}, headers=headers).status_code == 404
    lines = [{"itemText": "one"}, {"itemText": "two"}]
    api.post(INSERT, json=invoice(headerText="a", type="FI", customFields={"x": 1, "y": 2}, invoiceLines=lines))
    patch = {"headerText": None, "customFields": {"x": None}, "invoiceLines": [{"itemText": "three"}]}
    assert api.request("PATCH", path, json=patch, headers=headers).status_code == 200
    (stored,) = sim.get("/invoices").json()
    body = {"externalId": "kanbert-1", "type": "FI", "customFields": {"y": 2}, "invoiceLines": patch["invoiceLines"]}
    assert stored["body"] == body
    assert len(stored["history"]) == 1
    wrong = api.request("PATCH", path, json={"invoiceLines": [{"netAmount": None}]}, headers=headers)
    assert locations(wrong) == [["invoiceLines", 0, "netAmount"]]


@pytest.mark.parametrize(
    ("name", "status"), [("no-update", 405), ("no-update-404", 404), ("null-refused", 422), ("documented", 200)]
)
def test_updates(api: httpx.Client, sim: httpx.Client, name: str, status: int) -> None:
    """Whether PATCH is offered, and takes null."""
    api.post(INSERT, json=invoice(headerText="a"))
    sim.put("/profile", json={"name": name})
    headers = {"Content-Type": "application/merge-patch+json"}
    assert api.request("PATCH", f"{INSERT}/kanbert-1", json={"type": None}, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("name", "form"), [("limited", r"\d{1,2}"), ("limited-date", ".+ GMT"), ("limited-bare", "none")]
)
def test_rate_limit(api: httpx.Client, sim: httpx.Client, name: str, form: str) -> None:
    """429 beyond the limit, with Retry-After as seconds, as a date or not at all; a minute later it goes on."""
    sim.put("/profile", json={"name": name})
    answers = [api.post(INSERT, json=invoice()) for _ in range(21)]
    assert answers[-1].status_code == 429
    assert re.fullmatch(form, answers[-1].headers.get("Retry-After", "none"))
    sim.put("/clock", json={"advance": 61})
    assert api.post(INSERT, json=invoice()).status_code == 200


@pytest.mark.parametrize(
    ("name", "status"),
    [("detail-text", 422), ("loc-text", 422), ("problem-json", 422), ("html-errors", 422), ("bad-request", 400)],
)
def test_shapes_of_errors(api: httpx.Client, sim: httpx.Client, name: str, status: int) -> None:
    """None of them is the documented shape."""
    documented = api.post(INSERT, json={}).json()
    sim.put("/profile", json={"name": name})
    answer = api.post(INSERT, json={})
    assert answer.status_code == status
    if name != "bad-request":
        assert answer.headers["Content-Type"].startswith("text/html") or answer.json() != documented


@pytest.mark.parametrize("name", PROFILES)
def test_what_each_profile_changes(name: str) -> None:
    """Each profile differs from the documented one, and no two are alike."""
    alike = [other for other, each in PROFILES.items() if each == PROFILES[name]]
    assert alike == [name]
