"""The client against every way that Billomat may be: the same calls come to the same end."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from autobook.adapters.billomat import BillomatClient, IncomingFilter, IncomingUpdate, SupplierFilter
from autobook.domain.billomat import GroupKey, Incoming, IncomingStatus
from autobook.domain.errors import AccessRefused, GiveUp, NotFound, Refused, RetryLater
from autobook_sim.billomat.profiles import PROFILES
from tests.autobook.adapters.billomat.calls import CALLS, OTHER_FORMS, PDF, create, incoming

AT_ONCE = [name for name, each in PROFILES.items() if not each.listing_lag]
"""Where what was created is not listed at once, these calls come to another end: the use case's tests play that
(tests/autobook/service/test_export_billomat.py)."""


@pytest.fixture(params=AT_ONCE)
def profile(request: pytest.FixtureRequest, control: Callable[..., Any], client: BillomatClient) -> str:
    """Each in turn."""
    assert client
    control("PUT", "/profile", {"name": request.param})
    return str(request.param)


def test_every_call(profile: str, client: BillomatClient, control: Callable[..., Any]) -> None:
    """No profile makes a call fail."""
    for name, call in [*CALLS.items(), *OTHER_FORMS.values()]:
        control("POST", "/reset")
        control("PUT", "/profile", {"name": profile})
        assert name
        call(client, incoming(client))


@pytest.mark.usefixtures("profile")
def test_what_is_written_is_read(client: BillomatClient) -> None:
    """Every field comes back as it was written, to the cent, and so does the file in both its forms."""
    written = create()
    found = client.get_incoming(incoming(client).id)
    for name in set(type(written).model_fields) - {"base64file"}:
        assert getattr(found, name) == getattr(written, name), name
    assert (found.status, found.paid_amount, found.open_amount) == ("OPEN", Decimal(), Decimal("107.10"))
    assert client.incoming_pdf(found.id).base64file == PDF == client.incoming_pdf_file(found.id)


@pytest.mark.usefixtures("profile")
def test_edit_changes_what_it_names(profile: str, client: BillomatClient) -> None:
    """A field that is named changes, one that is set to None is emptied, the file stays (but for one profile)."""
    found = incoming(client)
    client.edit_incoming(found.id, IncomingUpdate(total_gross=Decimal("-12.34"), due_date=None))
    edited = client.get_incoming(found.id)
    assert (edited.total_gross, edited.due_date, edited.number) == (Decimal("-12.34"), None, "RE-1")
    assert client.incoming_file(found.id) == (None if profile == "put-drops-file" else PDF)


def test_a_list_is_complete(profile: str, client: BillomatClient) -> None:
    """However small the pages, every incoming comes once; none where there is none."""
    assert list(client.list_incomings()) == []
    numbers = [f"N-{each}" for each in range(5)]
    for count, number in enumerate(numbers, 1):
        client.create_incoming(create(number, base64file=None))
        assert _numbers(client) == numbers[:count], profile
    assert _numbers(client, per_page=1) == numbers
    assert _numbers(client, per_page=2, page=2) == numbers[2:]
    assert len(list(client.list_suppliers())) == 3


def _numbers(client: BillomatClient, per_page: int | None = None, page: int = 1) -> list[str | None]:
    found = client.list_incomings(per_page=per_page, page=page)
    return [each.number for each in found if isinstance(each, Incoming)]


def test_filters(profile: str, client: BillomatClient) -> None:
    """Each filter narrows the list; `incoming_number` may take more than the very number, never less."""
    client.create_incoming(create("RE-1"))
    client.create_incoming(create("RE-11", supplier_id=2, date=date(2025, 12, 31), note="other"))

    def numbers(**parts: Any) -> list[str | None]:
        return [each.number for each in client.list_incomings(IncomingFilter(**parts)) if isinstance(each, Incoming)]

    assert numbers(supplier_id=2) == ["RE-11"]
    assert numbers(number="re-11") == ["RE-11"]
    assert "RE-1" in numbers(incoming_number="RE-1"), profile
    assert numbers(from_date=date(2026, 1, 1)) == ["RE-1"]
    assert numbers(to_date=date(2026, 1, 1)) == ["RE-11"]
    assert numbers(note="PHONE bill") == ["RE-1"]
    assert numbers(tags=("none", "nothing")) == []
    assert numbers(status=(IncomingStatus.PAID,)) == []
    assert numbers(status=(IncomingStatus.OPEN, IncomingStatus.OVERDUE)) == ["RE-1", "RE-11"]


@pytest.mark.usefixtures("profile")
def test_supplier_filters(client: BillomatClient) -> None:
    """Every filter of suppliers narrows the list."""
    found = incoming(client)
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"name": "hostwerk"}, [1]), ({"email": "hostwerk.example"}, [1]), ({"first_name": "ann"}, [3]),
        ({"last_name": "nobody"}, []), ({"country_code": "AT"}, [2]), ({"creditor_identifier": "DE"}, []),
        ({"note": "büro"}, [2]), ({"client_number": "KD-47"}, [1]), ({"incoming_id": (found.id,)}, [1]),
        ({"tags": ("none",)}, []),
    ]  # fmt: skip
    assert {next(iter(parts)) for parts, _ in cases} == set(SupplierFilter.__dataclass_fields__)
    for parts, ids in cases:
        assert [each.id for each in client.list_suppliers(SupplierFilter(**parts)) if each.id] == ids, parts


@pytest.mark.usefixtures("profile")
def test_groups_by_every_key_and_combination(client: BillomatClient) -> None:
    """Every key alone, with every other, and all: the sums add up, and each group says what lists its incomings."""
    for number, supplier, day in (("A", 1, 5), ("B", 1, 6), ("C", 2, 20)):
        client.create_incoming(create(number, supplier_id=supplier, date=date(2026, 1, day), base64file=None))
    for keys in [*((key,) for key in GroupKey), *permutations(GroupKey, 2), tuple(GroupKey)]:
        groups = client.group_incomings(keys, IncomingFilter(from_date=date(2026, 1, 1)))
        assert groups.currency_code == "EUR"
        assert sum(each.total_gross or 0 for each in groups.groups) == Decimal("321.30")
        assert sum(each.total_net or 0 for each in groups.groups) == Decimal("270.00")
        for group in groups.groups:
            assert group.incoming_params
            assert all(getattr(group, "supplier_id" if key == "supplier" else key.value) is not None for key in keys)
        by_supplier = {each.supplier_id for each in groups.groups}
        assert by_supplier == ({1, 2} if GroupKey.SUPPLIER in keys else {None})


def test_refusals(profile: str, client: BillomatClient, control: Callable[..., Any]) -> None:
    """What Billomat refuses has its reason, whatever shape the error document has; nothing is changed."""
    with pytest.raises(NotFound):
        client.get_incoming(4711)
    with pytest.raises(Refused) as raised:
        client.create_incoming(create(supplier_id=4711))
    if profile != "error-empty" and profile != "error-text":
        assert "supplier_id is not a supplier" in str(raised.value)
    assert control("GET", "/state")["documents"]["incomings"] == 0


def test_quota(profile: str, client: BillomatClient, control: Callable[..., Any]) -> None:
    """Beyond the quota a call waits, until the time that Billomat names where it does."""
    control("PUT", "/quota", {"calls": 0})
    with pytest.raises(RetryLater) as raised:
        client.get_supplier(1)
    assert not isinstance(raised.value, AccessRefused)
    wait = raised.value.after
    assert wait is None if profile == "no-reset" else wait is not None and 0 <= wait <= 900


def test_overdue(client: BillomatClient, control: Callable[..., Any]) -> None:
    """An open incoming whose due date has passed is overdue until it is paid."""
    client.create_incoming(create("late", due_date=date.today() - timedelta(days=2)))  # noqa: DTZ011 - a day's margin
    overdue = IncomingFilter(status=(IncomingStatus.OVERDUE,))
    (found,) = client.list_incomings(overdue)
    control("POST", f"/incomings/{found.id}/paid")
    assert list(client.list_incomings(overdue)) == []


def test_order(client: BillomatClient) -> None:
    """A list comes in the order that was asked for."""
    for number, day in (("A", 3), ("B", 1), ("C", 2)):
        client.create_incoming(create(number, date=date(2026, 1, day), base64file=None))
    found = client.list_incomings(order_by=("date DESC", "number"))
    assert [each.number for each in found if isinstance(each, Incoming)] == ["A", "C", "B"]


def test_tags(client: BillomatClient) -> None:
    """A tag is put on an incoming, read, and found by the filter; a tag with a comma is refused before it is sent."""
    found = incoming(client)
    CALLS["tags.create"](client, found)
    assert [getattr(each, "name", None) for each in client.list_incoming_tags(found.id)] == ["autobook"]
    assert len(list(client.list_incomings(IncomingFilter(tags=("x", "autobook"))))) == 1
    with pytest.raises(Refused, match="commas"):
        list(client.list_incomings(IncomingFilter(tags=("a,b",))))


def test_file_of_an_incoming_without_one(client: BillomatClient) -> None:
    """NotFound, in both forms."""
    client.create_incoming(create(base64file=None))
    (found,) = client.list_incomings()
    for call in (client.incoming_pdf, client.incoming_pdf_file):
        with pytest.raises(NotFound):
            call(int(found.id or 0))


def test_grouping_needs_different_keys(client: BillomatClient) -> None:
    """No key, or one twice, is a mistake of the caller."""
    for keys in ([], [GroupKey.DAY, GroupKey.DAY]):
        with pytest.raises(GiveUp):
            client.group_incomings(keys)
