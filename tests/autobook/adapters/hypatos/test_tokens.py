"""Access tokens: kept until they end, renewed once when refused, and never seen in a message."""

import logging
from collections.abc import Callable
from decimal import Decimal

import httpx
import pytest

from autobook.adapters.http_client import RetryPolicy
from autobook.adapters.hypatos import AccessTokens, ClientCredentials, HypatosClient
from autobook.domain.errors import AccessRefused, AutobookError, RetryLater
from autobook_sim.hypatos.profiles import PROFILES
from autobook_sim.hypatos.server import RunningHypatos
from tests.autobook.adapters.hypatos.conftest import CREDENTIALS, Control, invoice, operations, without_sleep


class Seconds:
    """A monotonic clock that is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def answering(*answers: httpx.Response) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    """A token endpoint that gives these answers in turn, and what it was asked."""
    left, asked = list(answers), list[httpx.Request]()

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return left.pop(0)

    return httpx.MockTransport(handler), asked


def token(text: str, **fields: object) -> httpx.Response:
    """An answer with a token."""
    return httpx.Response(200, json={"access_token": text, "token_type": "Bearer"} | fields)


def tokens(transport: httpx.BaseTransport, clock: Callable[[], float]) -> AccessTokens:
    """A source that asks there."""
    url = "https://hypatos.example/v2/auth/token"
    return AccessTokens(url, CREDENTIALS, transport=transport, monotonic=clock, retry_policy=without_sleep())


def test_request(control: Control) -> None:
    """As RFC 6749, 4.4.2: the grant in a form, the client in the header, encoded as 2.3.1 says."""
    del control
    transport, (asked) = answering(token("t1"))
    assert tokens(transport, Seconds())() == "t1"
    (request,) = asked
    assert (request.method, request.url.path) == ("POST", "/v2/auth/token")
    assert request.content == b"grant_type=client_credentials"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    # base64 of autobook%3A1:s3cret%2F%2B%C3%A4+secret
    assert request.headers["Authorization"] == "Basic YXV0b2Jvb2slM0ExOnMzY3JldCUyRiUyQiVDMyVBNCtzZWNyZXQ="


@pytest.mark.parametrize(
    ("expires_in", "kept"),
    [(86_400, 86_340), (3600, 3540), ("3600", 3540), (3599.5, 3539.5), (100, 80), (10, 8), (None, 240), ("soon", 240),
     ("nan", 240), ([], 240), (True, 240), (10**12, 86_340), (10**400, 240)],
)  # fmt: skip
def test_kept_until_shortly_before_the_end(expires_in: object, kept: float) -> None:
    """A minute before (a fifth, of a short life) another one is asked for; without a plain expiry, after minutes."""
    transport, asked = answering(token("t1", expires_in=expires_in), token("t2", expires_in=expires_in))
    clock = Seconds()
    source = tokens(transport, clock)
    assert [source(), source()] == ["t1", "t1"]
    clock.now += kept - 0.1
    assert source() == "t1"
    clock.now += 0.2
    assert source() == "t2"
    assert len(asked) == 2


@pytest.mark.parametrize("expires_in", [0, -5, "0"])
def test_one_that_has_ended_is_not_kept(expires_in: object) -> None:
    """It is used once."""
    transport, _ = answering(token("t1", expires_in=expires_in), token("t2", expires_in=expires_in))
    source = tokens(transport, Seconds())
    assert [source(), source()] == ["t1", "t2"]


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER", None])
def test_token_types(kind: str | None) -> None:
    """The case of the type means nothing (RFC 6749, 5.1); one that is missing is Bearer."""
    transport, _ = answering(token("t1", token_type=kind))
    assert tokens(transport, Seconds())() == "t1"


def test_another_type_is_not_used() -> None:
    """A token that is no bearer token stops everything loudly."""
    transport, _ = answering(token("t1", token_type="mac"))
    with pytest.raises(AccessRefused, match="type 'mac'"):
        tokens(transport, Seconds())()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 422])
def test_refused_credentials_stop_everything(status: int) -> None:
    """Whatever 4xx it is: no invoice is at fault, so it waits and the alarm is raised."""
    refused = [httpx.Response(status, json={"error": "invalid_client"}) for _ in range(3)]
    transport, _ = answering(*refused)
    with pytest.raises(AccessRefused, match="invalid_client"):
        tokens(transport, Seconds())()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"access_token": ""}),
        httpx.Response(200, json={"access_token": 7}),
        httpx.Response(200, json=["x"]),
        httpx.Response(500),
        httpx.Response(503, headers={"Retry-After": "1"}),
    ],
)
def test_no_token_yet(answer: httpx.Response) -> None:
    """An answer without a token, and a server's fault, are tried again, then wait."""
    again = [httpx.Response(answer.status_code, headers=answer.headers, content=answer.content) for _ in range(4)]
    transport, asked = answering(*again)
    with pytest.raises(RetryLater) as raised:
        tokens(transport, Seconds())()
    assert not isinstance(raised.value, AccessRefused)
    assert len(asked) > 1


def test_rate_limited_token_endpoint() -> None:
    """The wait that it asks for is told to the queue."""
    transport, _ = answering(httpx.Response(429, headers={"Retry-After": "40"}))
    with pytest.raises(RetryLater) as raised:
        tokens(transport, Seconds())()
    assert raised.value.after == 40


@pytest.mark.parametrize("credentials", [ClientCredentials("", "x"), ClientCredentials("x", "")])
def test_empty_credentials(credentials: ClientCredentials) -> None:
    """Until the secret is filled in nothing is asked."""
    transport, asked = answering()
    with pytest.raises(AccessRefused, match="empty"):
        AccessTokens("https://hypatos.example/token", credentials, transport=transport)()
    assert asked == []


def test_replaced_secret(simulator: RunningHypatos, control: Control) -> None:
    """After a 401 the credentials are asked for once more, fresh: a secret that was replaced is found at once."""
    control("PUT", "/clients", {"new": "newer secret"})
    asked: list[bool] = []

    def source(*, fresh: bool = False) -> ClientCredentials:
        asked.append(fresh)
        return ClientCredentials("new", "newer secret") if fresh else CREDENTIALS

    with HypatosClient(simulator.api_url, source, retry_policy=without_sleep()) as client:
        client.insert_invoice(invoice())
    assert asked == [False, True]


def test_wrong_secret_is_never_in_a_message(simulator: RunningHypatos, control: Control) -> None:
    """Nor is a token: what a server repeats is masked."""
    del control
    secret = "very+secret/ value"

    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"error": f"{request.headers['Authorization']} {secret} {request.url}"})

    wrong = ClientCredentials("autobook", secret)
    for transport in (None, httpx.MockTransport(echo)):
        with (
            HypatosClient(simulator.api_url, wrong, transport=transport, retry_policy=without_sleep()) as client,
            pytest.raises(AccessRefused) as raised,
        ):
            client.insert_invoice(invoice())
        text = f"{raised.value} {raised.value!r} {vars(raised.value)}"
        assert secret not in text
        assert wrong.basic() not in text
    assert secret not in repr(wrong)


def test_nothing_secret_is_logged(client: HypatosClient, control: Control, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the client's secret nor a token."""
    caplog.set_level(logging.DEBUG, logger="autobook")
    client.insert_invoice(invoice())
    control("DELETE", "/tokens")
    control("PUT", "/clients", {})
    with pytest.raises(AccessRefused):
        client.insert_invoice(invoice())
    assert CREDENTIALS.client_secret not in caplog.text
    assert "Bearer" not in caplog.text


def test_one_token_for_many_calls(client: HypatosClient, control: Control) -> None:
    """It is asked for once."""
    for _ in range(3):
        client.insert_invoice(invoice())
    assert [name for name, _ in operations(control)] == ["auth.token", *["invoices.insert"] * 3]


def test_renewed_once(client: HypatosClient, control: Control) -> None:
    """A token that ended without notice is replaced, and the call sent again at once."""
    client.insert_invoice(invoice())
    control("DELETE", "/tokens")
    client.insert_invoice(invoice("changed"))
    assert operations(control)[2:] == [("invoices.insert", 401), ("auth.token", 200), ("invoices.insert", 200)]


def test_renewed_no_more_than_once(client: HypatosClient, control: Control) -> None:
    """If the new token is refused as well, everything waits."""
    control("POST", "/faults", {"operation": "invoices.insert", "kind": "status", "status": 401, "times": None})
    with pytest.raises(AutobookError) as raised:
        client.insert_invoice(invoice())
    assert isinstance(raised.value, RetryLater)
    calls = [name for name, _ in operations(control)]
    assert calls.count("invoices.insert") <= 2
    assert calls.count("auth.token") <= 3


@pytest.mark.parametrize("name", [name for name in PROFILES if name.startswith(("token", "expires", "one", "forb"))])
def test_every_profile_of_tokens(simulator: RunningHypatos, control: Control, name: str) -> None:
    """Whatever the token's answer looks like, and whenever it ends: three invoices arrive."""
    control("PUT", "/profile", {"name": name})
    root = PROFILES[name].token_at_root
    url = f"{simulator.url}/auth/token" if root else ""
    with HypatosClient(simulator.api_url, CREDENTIALS, token_url=url, retry_policy=RetryPolicy()) as client:
        for number in range(3):
            client.insert_invoice(invoice(externalId=f"kanbert-{number}"))
            control("PUT", "/clock", {"advance": 2})
    assert len(control("GET", "/invoices")) == 3


def test_amounts_stay_exact(client: HypatosClient, control: Control) -> None:
    """Written digit by digit."""
    client.insert_invoice(invoice(totalGrossAmount=Decimal("1234567890123.45")))
    assert control("GET", "/invoices")[0]["body"]["totalGrossAmount"] == 1234567890123.45
