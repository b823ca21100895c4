"""What a person does from their machine: suggestions accepted, values taken back; interrupted, and begun again."""

from autobook.service.accept_suggestions import AcceptSuggestions
from autobook.service.undo import UndoValues
from tests.autobook.service.processing import rule, run, system
from tests.fake_kanbert import booking
from tests.fakes import Fuse, System

FIELDS = {"account": "7380", "booking_title": "ours", "note": "seen by rule"}


def booked() -> System:
    """Two lines and a note that a rule has written; a person has corrected one of them."""
    made = system(rule("a", **FIELDS), bookings=[booking("b1"), booking("b2")])
    run(made)
    made.kanbert.edit("inv1", "b2", chart_of_account_id="acc-person")
    run(made)
    return made


def suggested() -> System:
    """The same values, suggested."""
    made = system(rule("a", mode="suggest", **FIELDS), bookings=[booking("b1"), booking("b2")])
    run(made)
    return made


def undo(made: System, fuse: Fuse | None) -> None:
    """All that rules have written, and the run that the change in Kanbert leads to."""
    UndoValues(made.processor(fuse))("inv1", lambda written: written, "Ada", "trace-undo")
    run(made)


def accept(made: System, fuse: Fuse | None) -> None:
    """All that is suggested, and the run that the change in Kanbert leads to."""
    AcceptSuggestions(made.processor(fuse), "Ada")("inv1", lambda _: True, "trace-accept")
    run(made)
