"""Every fault of the control endpoint, at every operation and in every form of it."""

from collections.abc import Callable
from typing import Any

import pytest

from autobook.adapters.billomat import BillomatClient
from autobook.domain.errors import AccessRefused, Forbidden, GiveUp, NotFound, RetryLater, Unanswered
from autobook_sim.billomat.operations import OPERATIONS
from autobook_sim.billomat.server import RunningBillomat
from tests.autobook.adapters.billomat.calls import CALLS, OTHER_FORMS, WRITES, Call, incoming
from tests.autobook.adapters.billomat.conftest import API_KEY

EVERY = [pytest.param(name, call, id=name) for name, call in CALLS.items()]
EVERY += [pytest.param(operation, call, id=name) for name, (operation, call) in OTHER_FORMS.items()]
FAULTS: dict[str, dict[str, Any]] = {
    "500": {"kind": "status", "status": 500},
    "429": {"kind": "status", "status": 429, "headers": {"Retry-After": "2"}},
    "401": {"kind": "status", "status": 401},
    "403": {"kind": "status", "status": 403},
    "404": {"kind": "status", "status": 404},
    "422": {"kind": "status", "status": 422},
    "redirect": {"kind": "status", "status": 302, "headers": {"Location": "https://elsewhere.example/"}},
    "drop": {"kind": "drop"},
    "drop_after": {"kind": "drop_after"},
    "truncate": {"kind": "truncate"},
    "malformed": {"kind": "malformed"},
}
MAY_BE_DONE = ("500", "redirect", "drop", "drop_after", "truncate")
"""Faults that leave open whether a write was carried out."""
EXPECTED: dict[str, type[Exception]] = {"401": AccessRefused, "403": Forbidden, "404": NotFound, "422": GiveUp}


def test_every_operation_is_here() -> None:
    """The client has a method for every operation that the simulator knows."""
    assert set(CALLS) == {each.id for each in OPERATIONS}


@pytest.mark.parametrize(("operation", "call"), EVERY)
def test_without_a_fault(operation: str, call: Call, client: BillomatClient) -> None:
    """Undisturbed, every operation works."""
    assert operation
    call(client, incoming(client))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("operation", "call"), EVERY)
def test_lasting_fault(
    operation: str, call: Call, fault: str, client: BillomatClient, control: Callable[..., Any]
) -> None:
    """A fault that stays leads to RetryLater, AccessRefused or GiveUp, as its kind asks for, with a reason."""
    there = incoming(client)
    control("POST", "/faults", {"operation": operation, "times": None, **FAULTS[fault]})
    if operation in WRITES and fault == "malformed":
        assert call(client, there) is None  # written all the same; one look tells
        return
    if operation == "incomings.delete" and fault in ("drop_after", "truncate", "malformed"):
        call(client, there)  # it is not there any more, which is what was wanted
        return
    with pytest.raises(EXPECTED.get(fault, RetryLater)) as raised:
        call(client, there)
    writes = operation in WRITES or operation == "incomings.delete"
    assert isinstance(raised.value, Unanswered) is (writes and fault in MAY_BE_DONE)
    assert "Billomat: " in str(raised.value)
    assert API_KEY not in str(raised.value)


@pytest.mark.parametrize("fault", ["500", "429", "drop", "drop_after", "truncate", "malformed"])
@pytest.mark.parametrize(("operation", "call"), EVERY)
def test_passing_fault(
    operation: str, call: Call, fault: str, client: BillomatClient, control: Callable[..., Any]
) -> None:
    """A fault that passes is overcome by reading again; a write is sent once."""
    there = incoming(client)
    control("POST", "/faults", {"operation": operation, "times": 1, **FAULTS[fault]})
    control("DELETE", "/requests")
    calls = 2
    if operation in WRITES:
        calls = 1
        if fault == "malformed":
            assert call(client, there) is None
        else:
            with pytest.raises(RetryLater):
                call(client, there)
    elif operation == "incomings.delete":
        if fault == "429":
            with pytest.raises(RetryLater):
                call(client, there)
        else:
            call(client, there)
        calls = 1 if fault in ("429", "malformed") else 2
    elif fault == "malformed" and call is OTHER_FORMS["pdf-file"][1]:
        with pytest.raises(RetryLater):
            call(client, there)
        calls = 1
    else:
        call(client, there)
    assert [each["operation"] for each in control("GET", "/requests")].count(operation) == calls


@pytest.mark.parametrize("operation", sorted(WRITES))
def test_lost_answer_of_a_write(operation: str, client: BillomatClient, control: Callable[..., Any]) -> None:
    """A write whose answer is lost is carried out once, and not repeated by the client."""
    there = incoming(client)
    before = control("GET", "/state")["documents"]
    control("POST", "/faults", {"operation": operation, "kind": "drop_after"})
    with pytest.raises(RetryLater, match="incomplete answer"):
        CALLS[operation](client, there)
    grown = {name: number - before[name] for name, number in control("GET", "/state")["documents"].items()}
    assert grown == {
        "incomings": int(operation == "incomings.create"),
        "suppliers": 0,
        "tags": int(operation == "tags.create"),
    }


def test_latency_beyond_the_time_that_is_left(billomat: RunningBillomat, control: Callable[..., Any]) -> None:
    """A call does not wait longer than the caller has."""
    control("POST", "/faults", {"operation": "*", "kind": "latency", "seconds": 30.0, "times": None})
    with (
        BillomatClient(billomat.api_url, API_KEY, remaining=lambda: 0.3) as hurried,
        pytest.raises(RetryLater, match=r"in time|incomplete answer"),
    ):
        hurried.get_supplier(1)
