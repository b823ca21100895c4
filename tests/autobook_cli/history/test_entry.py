"""What an invoice would be if nobody had booked it, and what people decided about it."""

from datetime import date
from typing import Any

import pytest

from autobook.domain.kanbert import ChartOfAccount, IncomingInvoice
from autobook_cli.history import BookedByPeople, Names, day_of, unbooked
from tests.autobook_cli.past import account, account_shown, booked, entry, ours
from tests.fake_kanbert import booking
from tests.fakes import VIENNA


def test_unbooked() -> None:
    """Open, its lines without what booking sets; title, value and everything else as they are."""
    line = booking("b1", title="Server", project_id="p1", client_id="c1", position_id="x1", **account("7380"))
    found = entry(booked(bookings=[line], notes="Paid by card"))
    invoice = unbooked(found)
    assert invoice.status == "open"
    assert invoice.bookings is not None
    bare = IncomingInvoice.model_validate(
        booked(status="open", bookings=[booking("b1", title="Server")], notes="Paid by card")
    )
    assert invoice.model_dump() == bare.model_dump()
    assert found.invoice.status == "booked"


def test_a_reference_is_a_line_like_others() -> None:
    """That a line points at an outgoing invoice was decided by booking it."""
    line = booking("b1", type="reference", outgoing_invoice={"id": "out1"})
    (found,) = unbooked(entry(booked(bookings=[line]))).bookings or ()
    assert (found.type, found.outgoing_invoice, found.is_reference) == ("account", None, False)


def test_what_we_wrote_elsewhere_is_taken_back() -> None:
    """A title that a rule wrote was not there; one that a person wrote over it may have been."""
    lines = [booking("b1", title="Hosting R-1", **account("7380")), booking("b2", title="By hand")]
    written = [ours("booking_title", "Hosting R-1"), ours("booking_title", "Hosting R-2", line="b2")]
    found = unbooked(
        entry(booked(bookings=lines, title="Ours"), *written, ours("invoice_title", "Ours", line=None, before="Scan"))
    )
    assert [line.title for line in found.bookings or ()] == [None, "By hand"]
    assert found.title == "Scan"


def test_lines_that_are_left_out_stay_so() -> None:
    """An answer without lines says nothing about them."""
    document = booked()
    del document["bookings"]
    assert unbooked(entry(document)).bookings is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"date_of_invoice": "2026-02-27T23:30:00Z"}, date(2026, 2, 28)),
        ({"date_of_invoice": None}, date(2026, 3, 1)),
        ({"date_of_invoice": None, "created_at": None}, None),
    ],
)
def test_day(fields: dict[str, Any], expected: date | None) -> None:
    """The day that it bears, in local time; else that on which it came."""
    assert day_of(entry(booked(**fields)).invoice, VIENNA) == expected


@pytest.mark.parametrize(
    ("fields", "written", "expected"),
    [
        pytest.param({}, [], "7380 Telefon und Internet", id="a person's"),
        pytest.param({"status": "open"}, [], "7380 Telefon und Internet", id="a person's, not handed over yet"),
        pytest.param({"status": "open"}, [ours("account", "acc-7380")], None, id="ours, nobody has confirmed it"),
        pytest.param({}, [ours("account", "acc-7380")], "7380 Telefon und Internet", id="ours, confirmed"),
        pytest.param({"status": "open"}, [ours("account", "acc-7385")], "7380 Telefon und Internet", id="corrected"),
        pytest.param(
            {"status": "ready_for_accounting"},
            [ours("account", "acc-7380"), ours("status", "ready_for_accounting", line=None)],
            None,
            id="ours, handed over by us",
        ),
        pytest.param({"code": None}, [], None, id="empty"),
        pytest.param(
            {"bookings": [booking("b1", type="reference", outgoing_invoice={"id": "o"})]},
            [],
            "a reference to an outgoing invoice",
            id="a reference",
        ),
    ],
)  # fmt: skip
def test_account_that_people_booked(fields: dict[str, Any], written: list[Any], expected: str | None) -> None:
    """A value is a person's unless we wrote it; ours is confirmed when a person hands the invoice over."""
    names = Names()
    found = entry(booked(**fields), *written)
    names.add_invoice(found.invoice)
    value = BookedByPeople(found, names).value("b1", "account")
    assert (value.text if value else None) == expected


@pytest.mark.parametrize(("status", "expected"), [("booked", "-"), ("open", None)])
def test_empty_is_a_decision_once_it_is_handed_over(status: str, expected: str | None) -> None:
    """A booked line without a project has none, as soon as a person has handed the invoice over."""
    value = BookedByPeople(entry(booked(status=status)), Names()).value("b1", "project")
    assert (value.text if value else None) == expected


@pytest.mark.parametrize(
    ("displayed", "same"),
    [
        ({"chart_of_account_id": "acc-7380"}, True),
        ({"chart_of_account": {"code": "7380", "title": "Telefon"}}, True),
        ({"chart_of_account": {"title": "Telefon und Internet"}}, True),
        ({"chart_of_account": {"code": "7385"}}, False),
    ],
)
def test_the_same_object_however_it_comes(displayed: dict[str, Any], same: bool) -> None:
    """An account that Kanbert shows without its id is known by its code or title."""
    names, found = Names(), entry(booked(bookings=[booking("b1") | displayed]))
    names.add_accounts(ChartOfAccount.model_validate(account_shown(code)) for code in ("7380", "7385"))
    people = BookedByPeople(found, names)
    value = people.value("b1", "account")
    assert value is not None
    assert people.agrees(value, ours("account", "acc-7380")) is same
