"""A value that was written, known again in the form that Kanbert gave it; and what Kanbert changed along with it."""

import pytest

from autobook.domain.action_fields import ACTION_FIELDS, BY_NAME, FOLLOWERS
from autobook.domain.kanbert import Booking
from autobook.domain.provenance import FieldValue, Written
from autobook.domain.written_values import as_it_stands, changed_along
from tests.fake_kanbert import booking

STANDS: list[tuple[str, FieldValue, FieldValue, FieldValue]] = [
    ("booking_title", "Hosting", "Hosting", "Hosting"),
    ("booking_title", " Hosting\r\nMai ", "HOSTING MAI", "HOSTING MAI"),
    ("booking_title", "Straße", "STRASSE", "STRASSE"),
    ("booking_title", "ﬁle", "file", "file"),
    ("booking_title", "Hosting", "Hosting 2", None),
    ("booking_title", "Hosting", None, None),
    ("account", "acc-1", " acc-1 ", " acc-1 "),
    ("account", "acc-1", "ACC-1", None),
    ("account", "acc-1", None, None),
    ("booking_type", "account_other", "account_other", "account_other"),
    ("booking_type", "account", None, "account"),
    ("note", "Two\nlines", "mine\r\ntwo\r\nLines", "Two\nlines"),
    ("note", "Two\nlines", "mine", None),
    ("status", "ready_for_accounting", "booked", "ready_for_accounting"),
    ("status", "ready_for_accounting", None, None),
    ("tags", ("a", "b"), None, ("a", "b")),
]


@pytest.mark.parametrize(("name", "value", "present", "expected"), STANDS)
def test_as_it_stands(name: str, value: FieldValue, present: FieldValue, expected: FieldValue) -> None:
    """Texts in any form; ids and enums to the letter, but for blanks around them; a later status; tags unseen."""
    assert as_it_stands(BY_NAME[name], value, present) == expected


def along(answered: bool, /, **changed: str | None) -> dict[str, FieldValue]:
    """What counts as changed along with a new account, on a line that had everything."""
    line = booking(chart_of_account_id="a", position_id="p", project_id="j", client_id="c", type="account_other")
    before, after = Booking.model_validate(line), Booking.model_validate(line | {"chart_of_account_id": "b"} | changed)
    writes = [Written("b1", "account", "b", "a", "r")]
    return {each.field: each.value for each in changed_along(writes, before, after, answered=answered)}


def test_changed_in_the_answer() -> None:
    """Fields that follow the account: whatever becomes of them. Any other is a person's."""
    assert along(True, position_id="q", type="account_staff", project_id="x") == {
        "position": "q",
        "booking_type": "account_staff",
    }
    assert along(True) == {}


def test_changed_in_a_look() -> None:
    """Only what was emptied, or is as Kanbert puts it there: the rest may have come from a person since."""
    assert along(False, position_id="q", type="account_staff") == {}
    assert along(False, position_id=None, type="account") == {"position": None, "booking_type": "account"}


def test_left_out_of_the_answer() -> None:
    """A field that an answer leaves out has not changed."""
    line = booking(chart_of_account_id="a", position_id="p")
    after = Booking.model_validate({"id": "b1", "chart_of_account_id": "b"})
    writes = [Written("b1", "account", "b", "a", "r")]
    assert list(changed_along(writes, Booking.model_validate(line), after, answered=True)) == []


def test_followers_are_of_the_same_scope() -> None:
    """What follows a field stands where the field does."""
    for row in ACTION_FIELDS:
        assert all(follower.scope is row.scope for follower in FOLLOWERS[row.name])
        assert all(name in BY_NAME for name in row.follows)
