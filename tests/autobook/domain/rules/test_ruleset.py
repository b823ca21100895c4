"""Which rule decides: priority, conflicts, validity, modes, bookings, broken rules."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.rules import Choice, Conflict, Rule, RuleError, RuleSet
from autobook.domain.rules.engine import access_path, index
from tests.autobook.domain.rules.invoices import NOW, VIENNA, a_booking, an_invoice

ALWAYS = "sum_gross = 120"


def a_rule(rule_id: str, **attributes: Any) -> dict[str, Any]:
    """A rule that fires for every test invoice and books on 1, unless the case says otherwise."""
    return {"rule_id": rule_id, "when": ALWAYS, "account": "1"} | attributes


def decided(*items: dict[str, Any], **invoice: Any) -> dict[str, Any]:
    """The values for the first booking, by field; a conflict is the set of its rules."""
    match = RuleSet.load(items, timezone=VIENNA).match(an_invoice(**invoice), now=NOW)
    return {
        field: verdict.value if isinstance(verdict, Choice) else {choice.rule_id for choice in verdict.choices}
        for field, verdict in match.bookings[0].items()
    }


def decided_by(rules: RuleSet) -> str | None:
    """The rule that decides the account."""
    verdict = rules.match(an_invoice(), now=NOW).bookings[0].get("account")
    return verdict.rule_id if isinstance(verdict, Choice) else None


def test_first_by_priority_wins_each_field() -> None:
    """For each field the rule with the lowest priority number that sets it decides."""
    assert decided(
        a_rule("late", priority=200, account="2", client="K"),
        a_rule("early", priority=Decimal(50), account="1"),
        a_rule("usual", account="3", project="P"),
    ) == {"account": "1", "project": "P", "client": "K"}


def test_equal_priority_and_different_value_is_a_conflict() -> None:
    """Two rules of one priority that disagree about a field leave it to a person, and only that field."""
    rules = RuleSet.load(
        [a_rule("a", account="1", project="P"), a_rule("b", account="2", project="P")], timezone=VIENNA
    )
    fields = rules.match(an_invoice(), now=NOW).bookings[0]
    assert fields["account"] == Conflict(
        "account", (Choice("account", "1", "a", "apply", False), Choice("account", "2", "b", "apply", False))
    )
    assert fields["project"] == Choice("project", "P", "a", "apply", False)


def test_conflict_below_a_winner_does_not_matter() -> None:
    """A conflict between rules that come too late is none."""
    assert decided(a_rule("a"), a_rule("b", priority=200, account="2"), a_rule("c", priority=200, account="3")) == {
        "account": "1"
    }


@pytest.mark.parametrize(
    ("bounds", "fires"),
    [
        ({"valid_from": "2026-01-15"}, True),
        ({"valid_from": "2026-01-16"}, False),
        ({"valid_until": "2026-01-15"}, True),
        ({"valid_until": "2026-01-14"}, False),
        ({"valid_from": "2026-01-15", "valid_until": "2026-01-15"}, True),
    ],
)
def test_validity(bounds: dict[str, str], fires: bool) -> None:
    """Both days count, against the local date of the invoice; an invoice without a date is in no bounds."""
    assert bool(decided(a_rule("r", **bounds))) is fires
    assert decided(a_rule("r", **bounds), date_of_invoice=None) == {}


def test_without_bounds_no_date_is_needed() -> None:
    """A rule without validity also decides an invoice without a date."""
    assert decided(a_rule("r"), date_of_invoice=None) == {"account": "1"}


def test_modes() -> None:
    """A suggestion never changes what is written; it stands beside it where it would win. Off is never evaluated."""
    rules = RuleSet.load(
        [
            a_rule("on", account="1"),
            a_rule("try", account="2", project="P", note="n", priority=10, mode="suggest"),
            a_rule("same", account="1", priority=5, client="K", mode="off"),
        ],
        timezone=VIENNA,
    )
    match = rules.match(an_invoice(), now=NOW)
    assert {f: c.value for f, c in match.bookings[0].items() if isinstance(c, Choice)} == {"account": "1"}
    (suggested,) = match.suggestions.bookings
    assert {f: c.value for f, c in suggested.items() if isinstance(c, Choice)} == {
        "account": "2",
        "project": "P",
    }
    assert match.suggestions.invoice["note"] == Choice("note", "n", "try", "suggest", False)
    assert not match.invoice


def test_suggestion_that_says_the_same_is_none() -> None:
    """A suggestion that would win with the value that is written anyway is not worth a word."""
    rules = [a_rule("on"), a_rule("try", priority=10, mode="suggest")]
    match = RuleSet.load(rules, timezone=VIENNA).match(an_invoice(), now=NOW)
    assert match.suggestions.bookings == ({},)


def test_suggestion_that_would_conflict() -> None:
    """A suggestion that would conflict with a rule that is on is shown as the conflict it would be."""
    rules = [a_rule("on"), a_rule("try", account="2", mode="suggest")]
    match = RuleSet.load(rules, timezone=VIENNA).match(an_invoice(), now=NOW)
    assert isinstance(match.bookings[0]["account"], Choice)
    assert isinstance(match.suggestions.bookings[0]["account"], Conflict)


def test_each_booking_has_its_own_facts() -> None:
    """A rule about the booking decides the lines that it is true of, and the invoice if it is true of any."""
    rules = RuleSet.load([a_rule("small", when="booking.value < 50", status="ready_for_accounting")], timezone=VIENNA)
    lines = [a_booking(id="big"), a_booking(id="small", value=Decimal(20))]
    match = rules.match(an_invoice(bookings=lines), now=NOW)
    assert [set(fields) for fields in match.bookings] == [set(), {"account"}]
    assert set(match.invoice) == {"status"}


@pytest.mark.parametrize(
    "when", ["booking.value < 50", 'not (booking.title contains "x")', "sum_gross = 1 or booking.value < 50"]
)
def test_rule_about_the_booking(when: str) -> None:
    """However a condition looks at the current line, it is asked for each line by itself."""
    lines = [a_booking(id="big", title="x"), a_booking(id="small", title="y", value=Decimal(20))]
    match = RuleSet.load([a_rule("r", when=when)], timezone=VIENNA).match(an_invoice(bookings=lines), now=NOW)
    assert [set(fields) for fields in match.bookings] == [set(), {"account"}]


@pytest.mark.parametrize("bookings", [None, []])
def test_no_line_to_book(bookings: object) -> None:
    """An invoice without lines is matched against the one line we would have made, whose fields are all null."""
    rules = [
        a_rule("r"),
        a_rule("null", when="booking.value is null", project="P"),
        a_rule("x", when="booking.value > 0"),
    ]
    match = RuleSet.load(rules, timezone=VIENNA).match(an_invoice(bookings=bookings), now=NOW)
    assert [set(fields) for fields in match.bookings] == [{"account", "project"}]


class Counting(tuple[Any, ...]):
    """A list that counts how often it is gone through."""

    passes = 0

    def __iter__(self) -> Iterator[Any]:
        type(self).passes += 1
        return super().__iter__()


@pytest.mark.parametrize(
    "when",
    [
        "bookings.any(value > 1000)",
        "not bookings.any(value > 1000)",
        "bookings.all(value > 0)",
        "bookings.none(value > 1000)",
        "bookings.count(value > 0) > 3",
    ],
)
def test_list_filter_beside_the_current_line(when: str) -> None:
    """A rule that looks at the current line and at a list goes through the list once, however many lines there are."""
    lines = [a_booking(id=f"b{n}", title=f"line {n}", value=Decimal(n + 1)) for n in range(500)]
    invoice = an_invoice(bookings=lines)
    assert invoice.bookings is not None
    rules = [a_rule(f"r{n}", when=f'{when} and booking.title contains "{n}"', priority=n) for n in range(3)]
    counting = Counting(invoice.bookings)
    Counting.passes = 0
    matched = RuleSet.load(rules, timezone=VIENNA).match(invoice.model_copy(update={"bookings": counting}), now=NOW)
    assert Counting.passes <= 1 + len(rules)
    named = [any(digit in str(n) for digit in "012") for n in range(500)]
    assert ["account" in booking for booking in matched.bookings] in ([False] * 500, named)


def test_list_filter_of_another_invoice() -> None:
    """What a filter said of one invoice's list is not said of the next one's."""
    rules = RuleSet.load(
        [a_rule("r", when='bookings.any(value > 1000) and booking.title contains "x"')], timezone=VIENNA
    )
    for value, fires in ((2000, True), (20, False), (2000, True)):
        invoice = an_invoice(bookings=[a_booking(title="x", value=Decimal(value))])
        assert bool(rules.match(invoice, now=NOW).bookings[0]) is fires


def test_broken_rules_stop_nothing() -> None:
    """With one rule in a hundred broken, the sound ones decide what they decide alone."""
    sound = [a_rule(f"r{i}", when=f"sum_gross = {i}", account=str(i)) for i in range(1000)]
    broken = [a_rule(f"b{i}", when="suplier.name = 1") for i in range(10)]
    rules = RuleSet.load([*broken, *sound], timezone=VIENNA)
    assert len(rules.errors) == 10
    assert len(rules) == 1000
    alone = RuleSet.load(sound, timezone=VIENNA)
    for amount in (Decimal(7), Decimal(120), Decimal(5000)):
        invoice = an_invoice(sum_gross=amount)
        assert rules.match(invoice, now=NOW) == alone.match(invoice, now=NOW)


def test_a_mistake_in_reading_one_rule_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should reading a rule ever fail in a way that nobody thought of, that rule is skipped and named."""
    from_item = Rule.from_item

    def failing(item: dict[str, Any]) -> Rule:
        if item["rule_id"] == "odd":
            raise ZeroDivisionError("unforeseen")
        return from_item(item)

    monkeypatch.setattr(Rule, "from_item", failing)
    rules = RuleSet.load([a_rule("odd"), a_rule("b")], timezone=VIENNA)
    assert [(error.rule_id, "unforeseen" in error.render()) for error in rules.errors] == [("odd", True)]
    assert decided_by(rules) == "b"


def test_changing_one_rule() -> None:
    """A changed, repaired, broken or removed rule is taken up; the set it came from stays as it was."""
    before = RuleSet.load([a_rule("a"), a_rule("b", when="broken", account="2")], timezone=VIENNA)
    changed = before.with_rule(a_rule("a", account="9")).with_rule(a_rule("b", project="P", account=None))
    fields = changed.match(an_invoice(), now=NOW).bookings[0]
    assert {f: c.value for f, c in fields.items() if isinstance(c, Choice)} == {"account": "9", "project": "P"}
    assert not changed.errors
    broken = changed.with_rule(a_rule("a", when="broken"))
    assert [error.rule_id for error in broken.errors] == ["a"]
    assert [rule.rule_id for rule in broken.rules] == ["b"]
    assert set(broken.match(an_invoice(), now=NOW).bookings[0]) == {"project"}
    assert not broken.without_rule("a").errors
    assert broken.without_rule("nobody") is broken
    assert set(before.match(an_invoice(), now=NOW).bookings[0]) == {"account"}
    assert before["a"].sets["account"] == "1"
    with pytest.raises(KeyError):
        _ = before["b"]


@pytest.mark.parametrize("others", [0, 1])
def test_what_was_decided_before_a_change_is_forgotten(others: int) -> None:
    """A rule that decided invoices, alone or with others, decides none after it was changed, broken or taken out."""
    before = RuleSet.load([a_rule("a"), *[a_rule(f"o{i}", account="1") for i in range(others)]], timezone=VIENNA)
    assert decided_by(before) == "a"
    without = before.without_rule("o0").without_rule("a")
    for changed in (without, before.with_rule(a_rule("a", when="broken")), before.with_rule(a_rule("a", mode="off"))):
        assert decided_by(changed) == ("o0" if others and changed is not without else None)


def test_changed_item_without_an_id() -> None:
    """An item that has no name is an error of its own, and stands in nobody's place."""
    before = RuleSet.load([a_rule("None"), a_rule("b", when="broken")], timezone=VIENNA)
    changed = before.with_rule({"when": ALWAYS, "account": "2"})
    assert len(changed.errors) == 2
    assert changed.match(an_invoice(), now=NOW) == before.match(an_invoice(), now=NOW)
    assert set(changed.match(an_invoice(), now=NOW).bookings[0]) == {"account"}


def test_many_changes_are_folded_into_the_index() -> None:
    """However many rules change one after the other, the set decides as one loaded anew."""
    rules = RuleSet.load([a_rule(f"r{i}", account=str(i)) for i in range(300)], timezone=VIENNA)
    for i in range(300):
        rules = rules.with_rule(a_rule(f"r{i}", when="sum_gross = 1", account=str(i)))
        if i % 3 == 0:
            rules = rules.without_rule(f"r{i}")
    assert len(rules) == 200
    assert rules.match(an_invoice(), now=NOW).bookings[0] == {}
    assert len(rules.match(an_invoice(sum_gross=Decimal(1)), now=NOW).bookings[0]["account"][1]) == 200


def test_one_change_among_many_is_little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change files itself and the changes before it, the whole set only now and then."""
    filed: list[object] = []
    best_access = access_path.best_access

    def append_note(*arguments: Any) -> Any:
        filed.append(arguments)
        return best_access(*arguments)

    rules = RuleSet.load([a_rule(f"r{i}", when=f"sum_gross = {i}") for i in range(1000)], timezone=VIENNA)
    monkeypatch.setattr(index, "best_access", append_note)
    rules = rules.with_rule(a_rule("r7", when="sum_gross = 120"))
    assert len(filed) <= 1
    for i in range(300):
        rules = rules.with_rule(a_rule(f"r{i}", when=f"sum_gross = {i}", account="2"))
    assert len(filed) <= 20_000
    assert rules.match(an_invoice(sum_gross=Decimal(42)), now=NOW).bookings[0]["account"][1] == "2"


def test_rule_attributes() -> None:
    """Every attribute of an item becomes the typed attribute of the rule; empty ones count as left out."""
    rule = Rule.from_item(
        {
            "rule_id": "r",
            "when": [{"field": "sum_gross", "op": "gt", "value": Decimal(5)}],
            "priority": Decimal(7),
            "mode": "suggest",
            "valid_from": "2026-01-01",
            "account": Decimal(7380),
            "position": " 12 ",
            "project": "id:x",
            "client": "",
            "booking_title": "{supplier.name} {{x}}",
            "booking_type": "account",
            "tags": {"b", "a"},
            "status": "ready_for_accounting",
            "overwrite": True,
            "check": {"state": "ok"},
            "owner": None,
        }
    )
    assert (rule.sets.get("account"), rule.sets.get("position"), rule.sets.get("project"), rule.sets.get("client")) == (
        "7380",
        "12",
        "id:x",
        None,
    )
    assert (rule.priority, rule.mode, rule.sets.get("tags"), rule.overwrite) == (7, "suggest", ("a", "b"), True)
    assert Rule.from_item(a_rule("r", tags="x, y", overwrite="TRUE", priority="5")).sets["tags"] == ("x", "y")


def test_items_without_an_id_are_each_reported() -> None:
    """Items that have no name do not hide each other."""
    rules = RuleSet.load([{"when": ALWAYS}, {"when": ALWAYS}, a_rule("r")], timezone=VIENNA)
    assert len(rules.errors) == 2
    with pytest.raises(RuleError):
        Rule.from_item({"when": ALWAYS})


def test_rules_made_to_swell_the_index() -> None:
    """Rules alike in many long lists, or in hundreds of conditions, neither swell the index nor exhaust the stack."""
    lists = " and ".join(
        f"{field} in [{','.join(map(str, range(200)))}]" for field in ("sum_gross", "sum_net", "sum_tax")
    )
    chain = " and ".join(["sum_gross = 120"] * 400)
    rules = RuleSet.load(
        [a_rule(f"{name}{i}", when=when) for name, when in (("l", lists), ("c", chain)) for i in range(20)],
        timezone=VIENNA,
    )
    assert not rules.errors
    assert rules.match(an_invoice(), now=NOW).bookings[0]["account"][1] == "1"


def test_a_set_of_rules_that_were_read() -> None:
    """It decides as the set that was loaded from their items."""
    loaded = RuleSet.load([a_rule("late", priority=200, account="2"), a_rule("early")], timezone=VIENNA)
    again = RuleSet.of(reversed(loaded.rules), timezone=VIENNA)
    assert again.rules == loaded.rules
    assert again.match(an_invoice(), now=NOW) == loaded.match(an_invoice(), now=NOW)
    assert again.version(NOW) == loaded.version(NOW)


def test_which_rules_fire() -> None:
    """All that are true, whichever decides, line by line; a change counts, and what it replaced does not."""
    rules = RuleSet.load(
        [
            a_rule("early", priority=50),
            a_rule("late", account="2"),
            a_rule("off", mode="off"),
            a_rule("never", when="sum_gross < 0"),
        ],
        timezone=VIENNA,
    )
    rules = rules.with_rule(a_rule("line", when='booking.title = "x"', mode="suggest"))
    invoice = an_invoice(bookings=[a_booking(title="x"), a_booking(id="b2", title="y")])
    assert [*map(sorted, rules.firing(invoice, now=NOW))] == [["early", "late", "line"], ["early", "late"]]
    changed = rules.with_rule(a_rule("late", when="sum_gross < 0"))
    assert [*map(sorted, changed.firing(an_invoice(bookings=[]), now=NOW))] == [["early"]]
