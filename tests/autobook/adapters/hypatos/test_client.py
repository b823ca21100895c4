"""The client against the simulator: every operation under every profile and every fault, over HTTP."""

from typing import Any

import httpx
import pytest

from autobook.adapters.hypatos import HypatosClient
from autobook.domain.errors import (
    AccessRefused,
    Forbidden,
    GiveUp,
    NotFound,
    NoTimeLeft,
    Refused,
    RetryLater,
    Unanswered,
)
from autobook.domain.hypatos import HypatosInvoice
from autobook_sim.faults import KINDS
from autobook_sim.hypatos.profiles import PROFILES
from autobook_sim.hypatos.server import RunningHypatos
from tests.autobook.adapters.hypatos.conftest import (
    CREDENTIALS,
    Control,
    invoice,
    operations,
    stored,
    without_sleep,
)


def client_for(simulator: RunningHypatos, name: str) -> HypatosClient:
    """A client that knows where this profile's token endpoint is."""
    url = f"{simulator.url}/auth/token" if PROFILES[name].token_at_root else ""
    return HypatosClient(simulator.api_url, CREDENTIALS, token_url=url, retry_policy=without_sleep())


def test_insert(client: HypatosClient, control: Control) -> None:
    """The id is returned, the body arrives as it is."""
    identifier = client.insert_invoice(invoice())
    (found,) = control("GET", "/invoices")
    assert found["id"] == identifier
    assert found["body"] == {
        "externalId": "kanbert-Ab3",
        "headerText": "Miete",
        "invoiceLines": [{"externalId": "l1", "netAmount": 100.1, "accountAssignments": [{"glAccountCode": "7380"}]}],
    }


@pytest.mark.parametrize("name", PROFILES)
def test_put_twice_and_change(simulator: RunningHypatos, control: Control, name: str) -> None:
    """Under every profile: sent, sent again and changed, the invoice is there once, in its last state."""
    control("PUT", "/profile", {"name": name})
    with client_for(simulator, name) as client:
        client.put_invoice(invoice("first"), may_exist=False)
        client.put_invoice(invoice("first"), may_exist=True, unanswered=True)
        if name == "insert-only":
            with pytest.raises(Refused, match="409"):
                client.put_invoice(invoice("second"), may_exist=True)
        else:
            client.put_invoice(invoice("second"), may_exist=True)
    (body,) = stored(control)
    assert body["headerText"] == ("first" if name == "insert-only" else "second")


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("operation", ["auth.token", "invoices.insert", "invoices.update"])
def test_faults(simulator: RunningHypatos, control: Control, name: str, kind: str, operation: str) -> None:
    """Under every profile and fault: what fails is retried later, and then the invoice is there once."""
    control("PUT", "/profile", {"name": name})
    fault = {"operation": operation, "kind": kind, "status": 503, "seconds": 0.01}
    with client_for(simulator, name) as client:
        control("POST", "/faults", fault)
        may_exist = False
        for _ in range(3):
            try:
                client.put_invoice(invoice(), may_exist=may_exist, unanswered=may_exist)
            except AccessRefused:
                pytest.fail("a fault of the server stops everything")
            except RetryLater:
                may_exist = True
            else:
                break
        else:
            pytest.fail("not sent")
        if operation == "invoices.update" and PROFILES[name].updates == "merged":
            control("DELETE", "/faults")
            control("POST", "/faults", fault)
            for _ in range(3):
                try:
                    client.put_invoice(invoice("changed"), may_exist=True)
                except RetryLater:
                    continue
                break
            assert stored(control)[0]["headerText"] == "changed"
    assert len(stored(control)) == 1


@pytest.mark.parametrize("name", PROFILES)
def test_refusals(simulator: RunningHypatos, control: Control, name: str) -> None:
    """Under every profile: an invoice that Hypatos refuses is given up, with each field where the profile names them.

    The model refuses what the reference rules out, so the simulator has to be stricter than it.
    """
    control("PUT", "/profile", {"name": name})
    with client_for(simulator, name) as client:
        bad = HypatosInvoice.model_construct(
            {"external_id", "currency", "invoice_lines"}, external_id="kanbert-Ab3", currency="???", invoice_lines=()
        )
        with pytest.raises(GiveUp) as raised:
            client.put_invoice(bad, may_exist=False)
    if PROFILES[name].refused not in ("html", "problem"):
        assert "currency: Input should be one of the listed codes" in str(raised.value)
    assert stored(control) == []


def test_every_field_of_a_422_is_named(client: HypatosClient) -> None:
    """Each with its place and message, in one sentence that names the call."""
    lines = ({"netAmount": 1}, {"netAmount": "x"})
    fields: dict[str, Any] = {"externalId": "a", "invoiceLines": lines, "isCanceled": "no"}
    bad = HypatosInvoice.model_construct(external_id="a", invoice_lines=())
    object.__setattr__(bad, "wire", lambda: fields)
    with pytest.raises(Refused) as raised:
        client.insert_invoice(bad)
    assert str(raised.value) == (
        "Hypatos: POST /enrichment/invoices answered 422: isCanceled: Input should be a valid boolean; "
        "invoiceLines.1.netAmount: Input should be a valid number"
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"7", b"[" * 9999, b'{"detail": []}', b'{"detail": [7]}',
                                  b'{"detail": [{"loc": 7}]}', b'{"detail": {"a": 1}}', b"\xff"])  # fmt: skip
def test_odd_errors(body: bytes) -> None:
    """Whatever a refusal looks like, it becomes a reason."""
    transport = httpx.MockTransport(
        lambda request: (
            httpx.Response(200, json={"access_token": "t"})
            if request.url.path.endswith("token")
            else httpx.Response(422, content=body)
        )
    )
    client = HypatosClient("https://hypatos.example/v2", CREDENTIALS, transport=transport)
    with pytest.raises(Refused, match="answered 422: "):
        client.insert_invoice(invoice())


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, RetryLater), (403, Forbidden), (404, NotFound), (400, Refused), (409, Refused), (413, Refused),
     (422, Refused), (408, RetryLater), (423, RetryLater), (429, RetryLater), (500, Unanswered), (502, Unanswered),
     (302, Unanswered), (451, Refused)],
)  # fmt: skip
def test_statuses(client: HypatosClient, control: Control, status: int, error: type[Exception]) -> None:
    """Each status says what the caller should do."""
    control("POST", "/faults", {"operation": "invoices.insert", "kind": "status", "status": status, "times": None})
    with pytest.raises(error) as raised:
        client.insert_invoice(invoice())
    assert isinstance(raised.value, Unanswered) is (error is Unanswered), "anything else says: not carried out"
    assert len([each for each in operations(control) if each[0] == "invoices.insert"]) <= 2


@pytest.mark.parametrize("name", ["limited", "limited-date", "limited-bare"])
def test_rate_limit(client: HypatosClient, control: Control, name: str) -> None:
    """A 429 waits as long as it says, and is not sent again in this run."""
    control("PUT", "/profile", {"name": name})
    for number in range(19):  # the token takes one of the twenty
        client.insert_invoice(invoice(externalId=f"kanbert-{number}"))
    with pytest.raises(RetryLater) as raised:
        client.insert_invoice(invoice())
    assert operations(control)[-1] == ("invoices.insert", 429)
    assert len(stored(control)) == 19
    if name == "limited-bare":
        assert raised.value.after is None
    else:
        assert raised.value.after is not None
        assert 0 < raised.value.after <= 61


def test_put_updates_what_may_exist(client: HypatosClient, control: Control) -> None:
    """Without a second insert, which might make a second invoice."""
    client.put_invoice(invoice("a"), may_exist=False)
    client.put_invoice(invoice("b"), may_exist=True)
    assert [name for name, _ in operations(control)] == ["auth.token", "invoices.insert", "invoices.update"]


def test_put_removes_fields(client: HypatosClient, control: Control) -> None:
    """A field that the invoice has no longer is removed; others that Hypatos has stay."""
    client.put_invoice(invoice("a", type="FI"), may_exist=False)
    client.put_invoice(invoice(None), may_exist=True, removed=frozenset({"headerText"}))
    (body,) = stored(control)
    assert "headerText" not in body
    assert body["type"] == "FI"


def test_fields_that_cannot_be_removed(
    client: HypatosClient, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    """Where null is refused the rest arrives all the same, and the log names what stays."""
    control("PUT", "/profile", {"name": "null-refused"})
    client.put_invoice(invoice("a"), may_exist=False)
    client.put_invoice(invoice(None, type="FI"), may_exist=True, removed=frozenset({"headerText"}))
    (body,) = stored(control)
    assert (body["type"], body["headerText"]) == ("FI", "a")
    assert [record.__dict__["fields"] for record in caplog.records] == ["headerText"]


def test_a_change_that_is_refused(client: HypatosClient, control: Control) -> None:
    """It is given up with Hypatos' reason; what was there stays."""
    client.put_invoice(invoice("a"), may_exist=False)
    bad = HypatosInvoice.model_construct(
        {"external_id", "currency", "invoice_lines"}, external_id="kanbert-Ab3", currency="???", invoice_lines=()
    )
    with pytest.raises(Refused, match="currency"):
        client.put_invoice(bad, may_exist=True, removed=frozenset({"headerText"}))
    assert [each["headerText"] for each in stored(control)] == ["a"]


@pytest.mark.parametrize("name", ["insert-conflict", "insert-refused"])
def test_put_finds_what_it_did_not_expect(client: HypatosClient, control: Control, name: str) -> None:
    """An invoice that is there though we know nothing of it (a lost table) is updated."""
    client.insert_invoice(invoice("a"))
    control("PUT", "/profile", {"name": name})
    client.put_invoice(invoice("b"), may_exist=False)
    assert [each["headerText"] for each in stored(control)] == ["b"]


def test_external_ids_cannot_lead_elsewhere(client: HypatosClient, control: Control) -> None:
    """An id is one part of the path, whatever is in it."""
    odd = invoice(externalId="../../auth/token?x=1#y")
    client.put_invoice(odd, may_exist=False)
    client.put_invoice(odd, may_exist=True)
    assert operations(control)[-1] == ("invoices.update", 200)


def test_no_time_left(simulator: RunningHypatos, control: Control) -> None:
    """Nothing is sent where the run is over."""
    with (
        HypatosClient(simulator.api_url, CREDENTIALS, remaining=lambda: 0.0) as client,
        pytest.raises(NoTimeLeft),
    ):
        client.insert_invoice(invoice())
    assert operations(control) == []


@pytest.mark.parametrize("url", ["http://hypatos.example/v2", "ftp://x", "https://", "https://u:p@x/v2", "x"])
def test_base_urls(url: str) -> None:
    """A token is sent to https only, but for this machine."""
    with pytest.raises(GiveUp, match="base URL of Hypatos"):
        HypatosClient(url, CREDENTIALS)
    with pytest.raises(GiveUp, match="base URL of Hypatos"):
        HypatosClient("https://hypatos.example/v2", CREDENTIALS, token_url=f"{url}/token")
