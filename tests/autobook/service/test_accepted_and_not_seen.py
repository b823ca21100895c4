"""Kanbert accepted a value, its answer does not show it, and the run ended before it could look."""

import pytest

from autobook.domain.errors import RetryLater
from autobook.domain.kanbert import IncomingInvoice
from tests.autobook.service.processing import INVOICE, corrections, reasons, refusing, rule, run, run_to_the_end, system
from tests.fake_kanbert import booking, undisturbed
from tests.fakes import System


def interrupted(**actions: str) -> System:
    """Kanbert answers the first line's PATCH, showing nothing, and is busy when the second line's comes."""
    made = system(rule(**actions), bookings=[booking("b1"), booking("b2")])
    made.kanbert.shows_writes = False
    made.kanbert.around_patch = refusing(2, error=RetryLater("429", after=8))
    with pytest.raises(RetryLater):
        run(made)
    made.kanbert.around_patch = undisturbed
    assert {(w.booking_id, w.accepted) for w in made.provenance.get(INVOICE).pending} == {("b1", True)}
    return made


def test_stands_there() -> None:
    """It is ours, and announced as such."""
    made = interrupted(account="7380", booking_title="ours")
    run_to_the_end(made)
    values = {(v["booking_id"], v["field"]) for e in made.publisher.of("invoice.booked") for v in e.data["values"]}
    assert values == {(line, field) for line in ("b1", "b2") for field in ("account", "booking_title")}
    assert not made.publisher.of("invoice.needs_review")
    assert not any(w.accepted for w in made.provenance.get(INVOICE).written)


@pytest.mark.parametrize("later", ["book again", "nothing"])
def test_emptied_since(later: str) -> None:
    """Whether a person emptied it nobody knows: it is not written again, now or later; they are asked to look."""
    made = interrupted(account="7380", booking_title="ours")
    made.kanbert.edit("inv1", "b1", title=None)
    run_to_the_end(made)
    assert ("in_doubt", "b1", "booking_title") in reasons(made)
    if later == "book again":
        made.rule_repository.items.append(rule("again", priority=1, booking_title="another", overwrite=True))
        run_to_the_end(made)
    assert not made.kanbert.line("inv1", "b1")["title"]
    assert made.kanbert.line("inv1", "b1")["chart_of_account_id"] == "acc-7380"
    assert corrections(made) == []


def test_replaced_since() -> None:
    """Something else is a person's, without a correction."""
    made = interrupted(account="7380", booking_title="ours")
    made.kanbert.edit("inv1", "b1", title="theirs")
    run_to_the_end(made)
    assert made.kanbert.line("inv1", "b1")["title"] == "theirs"
    assert corrections(made) == []


def test_tags() -> None:
    """What Kanbert never shows counts as written once it was accepted."""
    made = system(rule(tags=["one"], account="7380"))
    made.kanbert.shows_writes = False
    get = made.kanbert.get_incoming_invoice

    def busy(invoice_id: str) -> IncomingInvoice:
        if made.kanbert.tags:
            made.kanbert.get_incoming_invoice = get  # type: ignore[method-assign]
            raise RetryLater("429", after=8)
        return get(invoice_id)

    made.kanbert.get_incoming_invoice = busy  # type: ignore[method-assign]
    with pytest.raises(RetryLater):
        run(made)
    made.kanbert.edit("inv1", title="theirs")
    run_to_the_end(made)
    assert [fields for _, _, fields in made.kanbert.patches if "tags" in fields] == [{"tags": ["one"]}]
    assert not made.publisher.of("invoice.needs_review")
