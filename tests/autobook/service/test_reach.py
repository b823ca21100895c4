"""A change of the rules, or of what a decision waited for, reaches each open invoice that it concerns, and no other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from autobook.domain.documents import Change, Document, DocumentKind
from autobook.domain.errors import AccessRefused
from autobook.domain.event_values import plain_value
from autobook.domain.provenance import MOST_RUNS
from autobook.service.process import ProcessOutcome
from tests.autobook.service.processing import INVOICE, reasons, rule
from tests.fake_kanbert import booking, incoming, outgoing
from tests.fakes import FakeCodeResolver, FakeRuleRepository, message
from tests.listing import ListingKanbert, ListingSystem

LISTED = pytest.mark.parametrize("bookings_listed", [True, False])


def account(*rules: dict[str, Any], bookings_listed: bool = True, **fields: Any) -> ListingSystem:
    """A system with these rules and one open invoice, swept until nothing is found any more."""
    made = ListingSystem(
        rule_repository=FakeRuleRepository(*rules), kanbert=ListingKanbert(bookings_listed=bookings_listed)
    )
    made.kanbert.add(incoming(**fields))
    rest(made)
    return made


def sweep(made: ListingSystem) -> list[str]:
    """A sweep, five minutes later; the ids of what it queued."""
    made.clock.advance(minutes=5)
    made.sweeper()()
    return [queued.id for queued in made.queue.messages]


def rest(made: ListingSystem) -> None:
    """Sweep and work until nothing is found any more."""
    for _ in range(5):
        if not sweep(made):
            return
        made.work()
    raise AssertionError("the sweep finds something for ever")


def swept_once(made: ListingSystem) -> None:
    """One sweep, and what it queued."""
    sweep(made)
    made.work()


def booked(made: ListingSystem, identifier: str = "inv1") -> str | None:
    account: str | None = made.kanbert.line(identifier)["chart_of_account_id"]
    return account


# --- each of these ends with the invoice booked within one sweep ----------------------------------------------------


def rule_added(made: ListingSystem) -> None:
    made.rule_repository.items.append(rule(account="7380"))


def typo_fixed(made: ListingSystem) -> None:
    made.rule_repository.items[:] = [rule(account="7380")]


def conflict_resolved(made: ListingSystem) -> None:
    made.rule_repository.items.pop()


def switched_on(made: ListingSystem) -> None:
    made.rule_repository.items[:] = [rule(account="7380", mode="apply")]


def account_created(made: ListingSystem) -> None:
    made.code_resolver.known["account", "7381"] = "acc-7380"


def refusal_over(made: ListingSystem) -> None:
    made.kanbert.closed_accounts.clear()


def validity_extended(made: ListingSystem) -> None:
    made.rule_repository.items[:] = [rule(account="7380", valid_until="2026-12-31")]


CURES: dict[str, tuple[list[dict[str, Any]], Callable[[ListingSystem], None]]] = {
    "rule added": ([], rule_added),
    "typo": ([rule(when='supplier.name contains "Hetzler"', account="7380")], typo_fixed),
    "rule in error": ([rule(when="supplier.name = 1", account="7380")], typo_fixed),
    "conflict": ([rule(account="7380"), rule("other", account="7390")], conflict_resolved),
    "suggest": ([rule(account="7380", mode="suggest")], switched_on),
    "off": ([rule(account="7380", mode="off")], switched_on),
    "account created": ([rule(account="7381")], account_created),
    "refused": ([rule(account="7380")], refusal_over),
    "validity": ([rule(account="7380", valid_until="2026-01-31")], validity_extended),
}


def unbooked(case: str, *, bookings_listed: bool = True) -> ListingSystem:
    rules, _ = CURES[case]
    made = ListingSystem(
        rule_repository=FakeRuleRepository(*rules), kanbert=ListingKanbert(bookings_listed=bookings_listed)
    )
    if case == "refused":
        made.kanbert.closed_accounts.add("acc-7380")
    made.kanbert.add(incoming())
    swept_once(made)
    assert booked(made) is None
    return made


@LISTED
@pytest.mark.parametrize("case", CURES)
def test_booked_within_one_sweep(case: str, bookings_listed: bool) -> None:
    """What kept an invoice from being booked is over: the next sweep has it booked, untouched in Kanbert."""
    made = unbooked(case, bookings_listed=bookings_listed)
    CURES[case][1](made)
    swept_once(made)
    assert booked(made) == "acc-7380"
    assert made.publisher.types.count("invoice.booked") == 1
    rest(made)


@pytest.mark.parametrize("case", CURES)
def test_webhook_does_too(case: str) -> None:
    """A webhook about an invoice that has not changed has it decided by the present rules as well."""
    made = unbooked(case)
    CURES[case][1](made)
    made.clock.advance(minutes=2)
    assert made.deliver(message()).values_written == 1


@LISTED
def test_corrected_with_overwrite(bookings_listed: bool) -> None:
    """A rule that was wrong is corrected, with `overwrite`: the value that it wrote is replaced."""
    made = account(rule(account="7380"), bookings_listed=bookings_listed)
    made.rule_repository.items[:] = [rule(account="7390", overwrite=True)]
    swept_once(made)
    assert booked(made) == "acc-7390"
    rest(made)


def test_supplier_renamed() -> None:
    """What a document is related to is no part of its state; a rule about it sees the change all the same."""
    made = account(rule(account="7380"), supplier={"id": "sup1", "name": "Hetzler"})
    made.kanbert.incoming["inv1"]["supplier"]["name"] = "Hetzner"
    swept_once(made)
    assert booked(made) == "acc-7380"


@LISTED
@pytest.mark.parametrize("when", ["due_date < today", "not (bookings.any(created_at > today) or due_date >= today)"])
def test_the_day_comes(when: str, bookings_listed: bool) -> None:
    """A condition that depends on the day is evaluated on the day of each sweep."""
    due = "2026-03-04T00:00:00.000000Z"
    made = account(rule(when=when, account="7380"), due_date=due, bookings_listed=bookings_listed)
    assert sweep(made) == []
    made.clock.advance(days=3)
    swept_once(made)
    assert booked(made) == "acc-7380"


def test_rule_about_what_a_rule_writes() -> None:
    """A rule that asks for what another rule has just written comes to it at the next look."""
    second = rule("second", when='booking.chart_of_account_id = "acc-7380"', project="id:p1")
    made = account(rule(account="7380"), second)
    assert made.kanbert.line("inv1")["project_id"] == "p1"


@LISTED
def test_account_created_hours_later(bookings_listed: bool) -> None:
    """However long an invoice has waited for an account, the sweep after that is created has it booked."""
    made = account(rule(account="7381"), bookings_listed=bookings_listed)
    made.clock.advance(hours=7)
    rest(made)
    account_created(made)
    swept_once(made)
    assert booked(made) == "acc-7380"


@pytest.mark.parametrize("overwrite", [True, False])
def test_code_comes_to_stand_for_another(overwrite: bool) -> None:
    """Where a code stands for another account now, a rule with `overwrite` replaces the former; no other does."""
    made = account(rule(account="7380", overwrite=overwrite))
    made.code_resolver.known["account", "7380"] = "acc-new"
    assert sweep(made) == (["inv1"] if overwrite else [])
    made.work()
    assert booked(made) == ("acc-new" if overwrite else "acc-7380")
    rest(made)


def test_codes_are_looked_up_once_in_a_run() -> None:
    """A run asks for each code once, and for no more than twenty projects and clients; the others come later."""
    made = account(rule(account="7381"))
    for number in range(60):
        supplier = {"id": f"s{number}", "name": f"Supplier {number}"}
        made.kanbert.add(incoming(f"p{number:02}", supplier=supplier))
        made.rule_repository.items.append(rule(f"r{number}", f'supplier.id = "s{number}"', project=f"P-{number}"))
    swept_once(made)
    made.code_resolver.asked.clear()
    made.sweeper()()
    asked = made.code_resolver.asked
    assert asked.count(("account", "7381")) == 1
    assert len([code for code in asked if code[0] == "project"]) == 20
    made.code_resolver.known["project", "P-59"] = "id-59"
    made.clock.advance(days=1)
    swept_once(made)
    assert made.kanbert.line("p59")["project_id"] == "id-59"


def test_codes_cannot_be_looked_up() -> None:
    """Master data that Kanbert does not give keeps no document from being found, and is reported."""
    made = account(rule(account="7381"))
    made.kanbert.add(incoming("inv2"))

    class Closed(FakeCodeResolver):
        def candidates(self, *_: Any, **__: Any) -> Any:
            raise AccessRefused("403: chart-of-accounts:read")

    made.code_resolver = Closed()
    result = made.sweeper()()
    assert (result.queued, result.complete) == (1, True)
    assert "chart-of-accounts:read" in result.basis_unread


# --- and nothing else is queued -----------------------------------------------------------------------------------


def many(rules: int, invoices: int) -> ListingSystem:
    """Every rule about one supplier, every invoice from one of them."""
    items = [rule(f"rule{n:04}", f'supplier.name = "Supplier {n}"', account="7380") for n in range(rules)]

    made = ListingSystem(rule_repository=FakeRuleRepository(*items))
    for number in range(invoices):
        supplier = {"id": f"sup{number % 250}", "name": f"Supplier {number % 250}"}
        made.kanbert.add(incoming(f"inv{number:04}", supplier=supplier))
    rest(made)
    return made


def test_one_edit_queues_what_it_concerns() -> None:
    """Of 1,000 rules and 500 open invoices, an edit of one rule queues the two invoices whose outcome it changes."""
    made = many(1000, 500)
    items = made.rule_repository.items
    items[17] = items[17] | {"project": "id:p1"}
    assert sorted(sweep(made)) == ["inv0017", "inv0267"]
    made.work()
    assert made.kanbert.line("inv0267")["project_id"] == "p1"
    assert sweep(made) == []
    items[600] = items[600] | {"project": "id:p1"}  # about a supplier without an open invoice
    items[18] = items[18] | {"description": "for people"}
    items[19] = items[19] | {"priority": 7}  # no other rule is about this supplier
    assert sweep(made) == []
    items[20] = items[20] | {"when": 'supplier.name = "Supplier 21"', "project": "id:p2"}
    assert sorted(sweep(made)) == ["inv0020", "inv0021", "inv0270", "inv0271"]


def test_without_lines_by_the_version() -> None:
    """Where the list leaves out lines, an edit queues every open invoice, once; a description none."""
    made = account(rule(account="7380"), bookings_listed=False)
    made.kanbert.add(incoming("inv2", status="ready_for_accounting"))
    rest(made)
    made.rule_repository.items.append(rule("other", when='supplier.name = "Other"', account="7390"))
    assert sweep(made) == ["inv1"]
    before = len(made.publisher.published)
    made.work()
    assert sweep(made) == []
    assert len(made.publisher.published) == before
    made.rule_repository.items[0] |= {"description": "for people", "check": {"state": "ok"}}
    made.rule_repository.items.reverse()
    assert sweep(made) == []


@LISTED
@pytest.mark.parametrize("status", ["ready_for_accounting", "booked"])
def test_closed_invoice(status: str, bookings_listed: bool) -> None:
    """An invoice that was handed over or booked is never queued for the rules' sake."""
    made = account(status=status, bookings_listed=bookings_listed)
    rule_added(made)
    assert sweep(made) == []
    made.queue.send(message(change=Change.DECIDE))
    made.work()
    assert booked(made) is None


def test_what_a_person_decided() -> None:
    """An invoice whose account a person set, or corrected, is not queued for a rule about accounts."""
    made = account(rule(account="7380"), bookings=[booking("b1", chart_of_account_id="acc-1")])
    made.kanbert.add(incoming("inv2"))
    rest(made)
    made.kanbert.edit("inv2", "b1", chart_of_account_id=None)
    rest(made)
    made.rule_repository.items[:] = [rule(account="7390", overwrite=True)]
    assert sweep(made) == []
    assert made.kanbert.line("inv2")["chart_of_account_id"] is None


def test_too_long_for_one_item() -> None:
    """Of an invoice of thousands of lines, whose values are not at hand, any edit counts, once."""
    lines = [booking(f"b{n}") for n in range(3000)]
    made = account(rule(account="7380", booking_title="x" * 120), bookings=lines)
    assert not made.sweep_state.known([INVOICE])[INVOICE].has_values
    made.rule_repository.items.append(rule("other", when='supplier.name = "Other"', account="7390"))
    assert sweep(made) == ["inv1"]
    made.work()
    assert sweep(made) == []


# --- deciding again ---------------------------------------------------------------------------------------------------


def test_nothing_new_is_not_announced() -> None:
    """Decided again with the same problems, an invoice costs no event, and keeps its revision."""
    made = account(rule(account="7381"))
    revision = made.provenance.get(INVOICE).revision
    published = len(made.publisher.published)
    for _ in range(3):
        result = made.deliver(message(change=Change.DECIDE))
        assert (result.outcome, result.events) == (ProcessOutcome.PROCESSED, ())
    assert len(made.publisher.published) == published
    assert made.provenance.get(INVOICE).revision == revision


def test_other_problems_are_announced() -> None:
    """What is wrong now is announced, once; what comes back is announced again, under another id."""
    wrong, right = rule(account="7381"), rule(account="7380", mode="suggest")
    made = account(wrong)
    for items in ([wrong, rule("x", account="9999")], [wrong], [right], [wrong]):
        made.rule_repository.items[:] = items
        swept_once(made)
        swept_once(made)
    reviews = made.publisher.of("invoice.needs_review")
    codes = [[each["code"] for each in event.data["reasons"]] for event in reviews]
    assert codes == [["unknown_code"], ["conflict"], ["unknown_code"], ["no_rule"], ["unknown_code"]]
    assert len({event.id for event in reviews}) == 5
    assert len(made.publisher.of("invoice.suggested")) == 1
    assert made.publisher.types.count("invoice.changed") == 0


def test_waits_grow() -> None:
    """A missing code is looked for again at once, then later and later, at least once a day."""
    made = unbooked("account created")
    waits, last = [], made.clock.now
    for _ in range(12):
        while not sweep(made):
            pass
        waits.append((made.clock.now - last).total_seconds() / 60)
        last = made.clock.now
        made.work()
    assert waits[:4] == [5, 5, 5, 10]
    assert waits == sorted(waits)
    assert waits[-1] == 1440
    made.rule_repository.items[:] = [rule(account="7380")]  # an administrator does not wait
    swept_once(made)
    assert booked(made) == "acc-7380"


@LISTED
def test_refusal_over_at_once(bookings_listed: bool) -> None:
    """Somebody who removes the reason of a refusal, and starts the sweep right away, has the invoice booked."""
    made = unbooked("refused", bookings_listed=bookings_listed)
    refusal_over(made)
    made.clock.advance(seconds=20)
    made.sweeper()()
    made.work()
    assert booked(made) == "acc-7380"


def test_suggestion_with_an_unknown_code() -> None:
    """A suggestion whose account is created later is suggested with it."""
    made = account(rule(account="7381", mode="suggest"))
    account_created(made)
    made.clock.advance(days=1)
    swept_once(made)
    values = [plain_value(event.data["values"][0]["value"]) for event in made.publisher.of("invoice.suggested")]
    assert values == ["7381", "acc-7380"]


def fighting() -> ListingSystem:
    return account(
        rule("first", account="7380"),
        rule("a", when='booking.chart_of_account_id = "acc-7380"', account="7390", overwrite=True, priority=1),
        rule("b", when='booking.chart_of_account_id = "acc-7390"', account="7380", overwrite=True, priority=2),
    )


def test_rules_that_fight() -> None:
    """Two rules with `overwrite` that undo each other's work end in review, which names both, and not in a loop."""
    made = fighting()
    assert len(made.kanbert.patches) < MOST_RUNS
    assert reasons(made)[-1] == ("conflict", "b1", "account")
    (reason,) = made.publisher.of("invoice.needs_review")[-1].data["reasons"]
    assert sorted(reason["rule_ids"]) == ["a", "b"]
    patches = len(made.kanbert.patches)
    for _ in range(3):
        made.deliver(message())  # as echoes do
    assert sweep(made) == []
    assert len(made.kanbert.patches) == patches


def test_fight_is_over() -> None:
    """When one of them is taken away, the other has its way."""
    made = fighting()
    made.rule_repository.items.pop()
    swept_once(made)
    assert booked(made) == "acc-7390"
    rest(made)


@LISTED
def test_many_edits_within_an_hour(bookings_listed: bool) -> None:
    """However often an administrator edits the rules, each edit reaches the invoice; that is not slowed down for it."""
    made = account(rule(account="7380"), bookings_listed=bookings_listed)
    began = made.clock.now
    for number in range(2 * MOST_RUNS):
        made.clock.now -= timedelta(minutes=3)  # a sweep every two minutes
        code = ("7390", "7380")[number % 2]
        made.rule_repository.items[:] = [rule(account=code, overwrite=True)]
        swept_once(made)
        assert booked(made) == f"acc-{code}"
    assert made.clock.now - began < timedelta(hours=1)


def test_record_of_a_former_version() -> None:
    """A record without a trace of what it depended on is decided again, once, and says nothing twice."""
    made = account(rule(account="7381"))
    record = made.provenance.get(INVOICE)
    made.provenance.records[INVOICE] = replace(record, depended_on=None)
    ids = {event.id for event in made.publisher.published}
    assert sweep(made) == ["inv1"]
    made.work()
    assert {event.id for event in made.publisher.published} == ids
    assert made.provenance.get(INVOICE).revision == record.revision
    account_created(made)
    swept_once(made)
    assert booked(made) == "acc-7380"


def test_rules_that_are_kept_for_a_while() -> None:
    """A warm function keeps the rules for half a minute. An edit is seen by the sweep all the same, and by process."""
    made = account()

    class Keeping(FakeRuleRepository):
        """As the real one: kept for thirty seconds, unless asked for what stands since a later moment."""

        def rules(self, since: Any = None) -> Any:
            now = made.clock.now
            if now - self.read_at > timedelta(seconds=30) or (since is not None and self.read_at < since):
                self.read_at, self.kept = now, super().rules()
            return self.kept

        read_at = made.clock.now - timedelta(hours=1)

    made.rule_repository = Keeping()
    made.deliver(message())
    made.clock.advance(seconds=1)
    rule_added(made)
    made.deliver(message())
    assert booked(made) is None
    made.sweeper()()
    made.work()
    assert booked(made) == "acc-7380"


def test_rules_cannot_be_read() -> None:
    """A rules table that does not answer does not keep the sweep from finding documents, and is reported."""
    made = account(rule(account="7380"))

    class Unreadable(FakeRuleRepository):
        def rules(self, since: Any = None) -> Any:  # noqa: ARG002
            raise ConnectionError("DynamoDB does not answer")

    there, made.rule_repository = made.rule_repository, Unreadable()
    made.kanbert.add(incoming("inv2"))
    result = made.sweeper()()
    assert (result.queued, result.complete) == (1, True)
    assert "DynamoDB does not answer" in result.basis_unread
    made.rule_repository = there
    assert made.sweeper()().basis_unread == ""


def test_outgoing_invoices_have_no_rules() -> None:
    """An outgoing invoice is never queued for the rules' sake: an edit reaches the incoming one alone."""
    made = account()
    made.kanbert.add(outgoing("out1"))
    rest(made)
    rule_added(made)
    assert sweep(made) == ["inv1"]
    made.work()
    assert made.provenance.get(Document(DocumentKind.OUTGOING_INVOICE, "out1")).depended_on is None
    assert made.provenance.get(Document(DocumentKind.INCOMING_INVOICE, "inv1")).depended_on is not None


@LISTED
def test_a_guard_rule_reaches_what_is_open(bookings_listed: bool) -> None:
    """A review that is asked for later, in another text, or no longer, is announced, or not, at the next sweep."""
    items = [rule(account="7380")]
    made = account(*items, bookings_listed=bookings_listed)
    asked = list[list[str]]()
    for guard in (
        [rule("guard", review="look")],
        [rule("guard", review="look twice")],
        [rule("guard", mode="suggest", review="look twice")],
        [rule("other", "sum_gross < 0", review="concerns no invoice here")],
    ):
        made.publisher.published.clear()
        made.rule_repository.items[:] = [*items, *guard]
        swept_once(made)
        reviews = made.publisher.of("invoice.needs_review")
        asked.append([each["message"] for event in reviews for each in event.data["reasons"]])
        suggested = made.publisher.of("invoice.suggested")
        asked[-1] += [f"suggested {plain_value(each['value'])}" for event in suggested for each in event.data["values"]]
        rest(made)
    assert asked == [["look"], ["look twice"], ["suggested look twice"], []]
