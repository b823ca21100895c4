"""What is found about rules: each kind, where it is found and where it is not."""

from typing import Any

import pytest

from autobook.domain.rules import Rule
from autobook.rule_analysis import RuleTable, findings_for, findings_in
from tests.autobook.rule_analysis.analysed_rules import TODAY, a_rule, findings, some_rules

NEVER = [
    "sum_gross < 10 and sum_gross > 20",
    "sum_gross < 10 and sum_gross >= 10",
    "sum_gross = 10 and sum_gross != 10",
    "sum_gross >= 10 and sum_gross <= 10 and sum_gross != 10",
    "sum_gross in [1, 2] and sum_gross > 2",
    'supplier.name = "A" and supplier.name = "B"',
    'supplier.name = "Hetzner" and supplier.name contains "cloud"',
    'supplier.name startswith "A" and supplier.name startswith "B"',
    'supplier.name startswith "AB" and not (supplier.name contains "b")',
    'notes is null and notes = "x"',
    "title is null",
    "vats.any(vat = 20) and vats.none(vat = 20)",
    "not (sum_gross < 10 or sum_gross >= 10)",
    '(sum_gross < 1 or sum_gross > 5) and sum_gross = 3 and status = "open"',
    "due_date < today and due_date > today",
    'date_of_invoice > "2026-01-01" and date_of_invoice < "2026-01-02"',
    'supplier.name like "Hetzner%" and supplier.name startswith "HB"',
    'supplier.name like "%" and supplier.name is null',
    'title contains "" and not (title like "%")',
    "vats.count() > 1 and vats.count() < 1",
    "vats.count() < 0",
    'created_at < "2026-01-01" and created_at > "2026-02-01"',
    'created_at = "2026-01-01" and created_at != "2026-01-01"',
    "booking.outgoing_invoice.is_credit != true and booking.outgoing_invoice.is_credit != false",
    'sum_gross = 10 and sum_gross endswith ".99"',
    "sum_gross > sum_gross",
    "not (title = title)",
    "sum_gross > sum_net and sum_net > sum_gross",
    "sum_gross > sum_net and sum_net >= sum_gross",
    "due_date < date_of_invoice and due_date is null",
    "due_date < date_of_invoice and date_of_invoice is null",
    "booking.value != sum_gross and not (booking.value != sum_gross)",
    "bookings.any(value > value) and bookings.none(value > value)",
]


@pytest.mark.parametrize(
    "condition",
    [
        "due_date < date_of_invoice and date_of_invoice < due_date or sum_gross > sum_net",
        "due_date >= due_date",
        "sum_gross >= sum_net and sum_net >= sum_gross",
        "sum_gross > sum_net and sum_net > sum_tax",
        "sum_gross > sum_net and sum_gross < 5 and sum_net > 1",
        "title = supplier.name and title != notes",
    ],
)
def test_two_fields_that_may_be_so(condition: str) -> None:
    """Of two fields nothing is claimed that their values do not force; an empty one is neither less nor more."""
    assert findings(condition) == []


def test_rules_that_compare_two_fields() -> None:
    """They shadow each other, meet, or are apart, whichever of the two is named first."""
    first = {"when": "sum_gross >= booking.value", "priority": 10}
    assert findings(first, "booking.value < sum_gross") == [("shadowed", "r1")]
    assert findings("sum_gross > sum_net", "sum_net >= sum_gross") == []
    assert findings("sum_gross > sum_net", "sum_net < sum_gross") == [("conflict", "r1")]
    assert findings("sum_gross > sum_net", "sum_gross > sum_tax") == [("overlapping", "r1")]
    assert findings("due_date <= date_of_invoice or due_date > date_of_invoice", "sum_net > 5") == [
        ("overlapping", "r1")
    ]


@pytest.mark.parametrize("condition", NEVER)
def test_never_true(condition: str) -> None:
    """A condition that contradicts itself is found."""
    assert findings(condition) == [("never_true", "r0")]


@pytest.mark.parametrize(
    "condition",
    [
        "sum_gross < 10 or sum_gross >= 10",
        "title is not null",
        "notes is null or notes is not null",
        'status = "open" or status != "open"',
        'not (status = "open" and status = "booked")',
        "vats.any(vat = 20) or vats.none(vat = 20)",
        "vats.count() >= 0",
        "sum_gross >= sum_gross",
        "sum_gross > sum_net or sum_net >= sum_gross",
    ],
)
def test_always_true(condition: str) -> None:
    """A condition that says nothing is found."""
    assert findings(condition) == [("always_true", "r0")]


@pytest.mark.parametrize(
    "condition",
    [
        'notes = "x" or notes != "x"',
        "sum_gross > 5",
        'supplier.name contains "a"',
        "vats.any(vat = 20)",
        "due_date < today",
        "bookings.any(value > 5) or bookings.none(value > 5)",
        "payments.count() >= 0",
        'sum_gross = 0 and sum_gross startswith "0e"',
    ],
)
def test_ordinary(condition: str) -> None:
    """What can be true and can be false (or unknown, for null) is no finding."""
    assert findings(condition) == []


def test_expired() -> None:
    """A rule whose time is over is found, on the day after its last."""
    assert findings({"when": "sum_gross > 5", "valid_until": "2026-01-20"}) == [("expired", "r0")]
    assert findings({"when": "sum_gross > 5", "valid_until": "2026-01-21"}) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('supplier.name = "A"', 'supplier.name = "A" and sum_gross > 5'),
        ('supplier.name contains "hetzner"', 'supplier.name = "Hetzner Online"'),
        ('supplier.name in ["A", "B"]', 'supplier.name = "B"'),
        ("sum_gross > 5", "sum_gross > 10 and sum_gross < 20"),
        ('supplier.name contains "hetzner"', 'supplier.name startswith "Hetzner On"'),
        ("sum_gross > 5 or sum_net > 5", "sum_net >= 6"),
    ],
)
def test_shadowed(first: str, second: str) -> None:
    """A rule is shadowed if one with a lower priority number is true wherever it is, and sets the same."""
    assert findings({"when": first, "priority": 10}, second) == [("shadowed", "r1")]
    assert findings(first, {"when": second, "priority": 10}) == []
    assert findings({"when": first, "priority": 10}, {"when": second, "project": "P"}) == []
    assert findings({"when": first, "priority": 10, "mode": "suggest"}, second) == []
    assert findings({"when": first, "priority": 10, "valid_until": "2026-12-31"}, second) == []
    assert findings({"when": first, "priority": 10, "mode": "off"}, second) == []


BAND_BELOW, BAND_ABOVE = 'supplier.name = "A" and sum_gross < 100', 'supplier.name = "A" and sum_gross >= 100'


def test_several_rules_do_not_shadow_another_between_them() -> None:
    """Rules of which always one is true where another rule is are not looked for: many would have to be tried."""
    below, above = ({"when": when, "priority": 10, "account": "7"} for when in (BAND_BELOW, BAND_ABOVE))
    assert findings(below, above, 'supplier.name = "A"') == []


@pytest.mark.parametrize(
    "earlier",
    [
        ['notes = "x"', 'notes != "x"'],
        ["sum_gross < 10", "sum_gross > 10"],
        ["bookings.any(value > 5)", "bookings.none(value > 5)"],
        ['date_of_invoice < "2026-02-01"', 'date_of_invoice > "2026-02-01"', "date_of_invoice is null"],
    ],
)
def test_not_shadowed_where_null_or_a_gap_is_left(earlier: list[str]) -> None:
    """Alternatives that leave out a single value, or the empty field, do not shadow another rule."""
    items = {"when": " or ".join(earlier), "priority": 10}
    assert findings(items, "sum_net > 5") == []


def test_shadowed_field_by_field() -> None:
    """A rule is shadowed too if one earlier rule takes one of its fields and another the other."""
    first = {"when": "sum_gross > 5", "priority": 10}
    second = {"when": "sum_gross > 7", "priority": 10, "account": None, "project": "P"}
    both = {"when": "sum_gross > 9", "project": "Q"}
    assert findings(first, second, both) == [("shadowed", "r2")]
    assert findings(first, {**second, "when": "sum_gross > 10"}, both) == []
    assert findings({**first, "mode": "suggest"}, second, both) == []
    assert findings({**first, "mode": "suggest"}, second, {**both, "mode": "suggest"}) == [("shadowed", "r2")]


def test_names_of_those_that_come_first() -> None:
    """The message names the rule that comes first, or for each field the one that does."""
    rules = [
        a_rule("small", "sum_gross < 100", priority=10),
        a_rule("tiny", "sum_gross < 10", priority=20, account=None, project="P"),
        a_rule("least", "sum_gross < 5", project="Q"),
        a_rule("less", "sum_gross < 5"),
    ]
    least, less = findings_in(rules, today=TODAY)
    assert least.message == "never decides anything: small and tiny, each for some of its fields, always come first"
    assert less.message == "never decides anything: small (priority 10) always comes first"
    assert least.others == ("small", "tiny")


def test_conflict() -> None:
    """Where a rule is true another of its priority always is too and wants something else: it is always in conflict."""
    wide, narrow = 'supplier.name = "A"', 'supplier.name = "A" and sum_gross > 5'
    assert findings(wide, narrow) == [("conflict", "r1")]
    assert findings(narrow, wide) == [("conflict", "r0")]
    assert findings(wide, wide) == [("conflict", "r1")]
    assert findings(wide, {"when": narrow, "mode": "suggest"}) == [("overlapping", "r1")]
    assert findings({"when": wide, "mode": "suggest"}, narrow) == [("overlapping", "r1")]
    assert findings(wide, {"when": narrow, "account": "0"}) == [("redundant", "r1")]


def test_the_same_code_in_other_words() -> None:
    """Rules that name one object by `P-42` and `p-42` say the same; the texts of titles and ids do count their case."""
    wide, narrow = 'supplier.name = "A"', 'supplier.name = "A" and sum_gross > 5'

    def found(field: str, one: str, other: str) -> list[tuple[str, str]]:
        same: dict[str, Any] = {"account": "1"}
        return findings({"when": wide, field: one} | same, {"when": narrow, field: other} | same)

    assert found("project", "P-42", "p-42") == [("redundant", "r1")]
    assert found("project", "P-42", "P-43") == [("conflict", "r1")]
    assert found("project", "id:Ab", "id:aB") == [("conflict", "r1")]
    assert found("booking_title", "Cloud", "cloud") == [("conflict", "r1")]


def test_a_conflict_names_the_other_rule_and_the_priority() -> None:
    """A person can see from the message what to change."""
    (found,) = findings_in(some_rules("sum_gross > 5", "sum_gross > 9"), today=TODAY)
    assert found.message == (
        "in conflict with r0 wherever it is true: both have priority 100 and want something else, so neither is written"
    )
    assert (found.others, found.others_total) == (("r0",), 1)


def test_overlapping() -> None:
    """Rules of equal priority that can meet the same invoice and disagree are found; others are not."""
    assert findings('supplier.name = "A"', "sum_gross > 5") == [("overlapping", "r1")]
    assert findings("sum_gross > 5", "sum_gross < 10") == [("overlapping", "r1")]
    assert findings("sum_gross > 10", "sum_gross < 10") == []
    assert findings('supplier.name = "A"', 'supplier.name = "B"') == []
    assert findings({"when": "sum_gross > 5", "account": "7"}, {"when": "sum_gross < 10", "account": "7"}) == []


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        ('supplier.name startswith "Hetz"', 'supplier.name startswith "hetzner"', True),
        ('supplier.name startswith "Hetz"', 'supplier.name startswith "A1"', False),
        ('supplier.name endswith "GmbH"', 'supplier.name like "%AG"', False),
        ('supplier.name contains "cloud"', 'supplier.name startswith "A1"', True),
        ('supplier.name contains "cloud"', 'supplier.name in ["A", "Cloud AG"]', True),
        ('supplier.name contains "cloud"', 'supplier.name in ["A", "B"]', False),
        ('supplier.name contains "clouds"', 'title = "x" and not (supplier.name contains "cloud")', False),
        ('not (supplier.name startswith "A")', 'supplier.name startswith "a1"', False),
        ('supplier.name = "A"', "supplier.name is null", False),
        ('supplier.name != "A"', 'supplier.name = "A"', False),
        ('supplier.name != "A"', 'supplier.name in ["A", "B"]', True),
        ("sum_gross in [1, 9]", "sum_gross > 3 and sum_gross < 6", False),
        ("sum_gross in [1, 9]", "sum_gross > 3", True),
        ("sum_gross <= 5", "sum_gross >= 5", True),
        ("sum_gross <= 5 and sum_gross != 5", "sum_gross >= 5", False),
        ('sum_gross endswith ".99"', "sum_gross = 9.99", True),
        ('sum_gross endswith ".99"', "sum_gross in [9.98, 10]", False),
        ("vats.any(vat = 20)", "vats.none(vat = 20)", False),
        ("vats.any(vat = 20)", "vats.none(vat = 7)", True),
        ("sum_gross > 9 or sum_net > 9", "sum_gross < 5 and sum_net < 5", False),
        ("sum_gross > 9 or sum_net > 9", "sum_gross < 5", True),
    ],
)
def test_what_can_meet(first: str, second: str, meet: bool) -> None:
    """Rules are said to be in conflict, or possibly in conflict, if some invoice can meet both, and only then."""
    for found in (findings(first, second), findings(second, first)):
        assert [kind in ("overlapping", "conflict") for kind, _ in found] == [True] * meet


def test_overlapping_with_a_suggestion() -> None:
    """A rule that only suggests is no conflict yet."""
    rules = [a_rule(name, "sum_gross > 5", mode=mode) for name, mode in [("a", "apply"), ("b", "suggest")]]
    (found,) = findings_in(rules, today=TODAY)
    assert found.message == (
        "possible conflict with a: nothing is written for an invoice that meets both (priority 100, once both apply)"
    )


def test_redundant() -> None:
    """A rule that says at equal priority what others say wherever it is true adds nothing."""
    narrow, wide = {"when": BAND_BELOW, "account": "7"}, {"when": 'supplier.name = "A"', "account": "7"}
    assert findings(narrow, wide) == [("redundant", "r0")]
    assert findings(wide, narrow) == [("redundant", "r1")]
    assert findings({**wide, "when": 'supplier.name in ["A", "B"]'}, wide) == [("redundant", "r1")]
    assert findings({**narrow, "overwrite": True}, wide) == []
    assert findings(narrow, {**wide, "mode": "suggest"}) == []
    assert findings({**narrow, "project": "P"}, wide) == []
    assert findings(narrow, {**wide, "priority": 200}) == []


def test_duplicate() -> None:
    """A rule that says what another says is found, whatever their priorities and however it is put."""
    one = {"when": 'supplier.name = "A" and sum_gross > 5', "account": "7"}
    again = {"when": "not (sum_gross <= 5) and supplier.name eq 'A'", "account": "7", "priority": 200}
    assert findings(one, again) == [("duplicate", "r1")]


def test_a_title_is_never_empty() -> None:
    """A rule that sets the invoice's title is told that Kanbert's invoices have one already."""
    assert findings({"when": "sum_gross > 5", "invoice_title": "Hosting", "overwrite": True}) == [("title_kept", "r0")]


def test_a_thousand_rules_in_each_others_way() -> None:
    """However many rules can meet the same invoice, each finding names a few of them and counts the rest."""
    rules = [a_rule(f"r{i:03}", f"sum_gross > {i} and sum_gross < {2000 + i}") for i in range(1000)]
    found = findings_in(rules, today=TODAY)
    assert len(found) == 999
    assert [each.others_total for each in found] == list(range(1, 1000))
    assert max(len(each.others) for each in found) == 10
    assert found[-1].message.startswith("possible conflict with r000, r001, r002 and 996 more: ")


def test_all_others_on_request() -> None:
    """With no limit a finding lists every other rule."""
    rules = [a_rule(f"r{i:02}", f"sum_gross > {i} and sum_gross < {200 + i}") for i in range(20)]
    *_, last = findings_in(rules, today=TODAY, most_others=None)
    assert last.others == tuple(f"r{i:02}" for i in range(19))


def test_conditions_that_explode() -> None:
    """Conditions of more alternatives than can be told are named as not compared, and nothing is claimed of them."""
    many = " and ".join(f'(title contains "{i}" or notes contains "{i}")' for i in range(60))
    rules = some_rules(f"{many} and sum_gross > 1", f"{many} and sum_gross > 2", "sum_gross > 1")
    (found,) = findings_in(rules, today=TODAY)
    assert (found.kind, found.rule_id, found.others, found.others_total) == ("unfinished", "", ("r0", "r1"), 2)
    assert found.message.startswith("alternative limit reached")


def test_progress() -> None:
    """Whoever waits is told how far it is, in steps that grow up to the number announced at most."""
    reported: list[tuple[int, int]] = []
    findings_in(
        some_rules("sum_gross > 5", "sum_gross > 9", 'supplier.name = "A"'),
        today=TODAY,
        on_progress=lambda done, total: reported.append((done, total)),
    )
    assert [done for done, _ in reported] == list(range(1, len(reported) + 1))
    assert {total for _, total in reported} == {18}
    assert 3 < len(reported) <= 18


def test_rule_without_an_action() -> None:
    """A rule that sets nothing is found."""
    assert findings({"when": "sum_gross > 5", "account": None}) == [("sets_nothing", "r0")]
    assert findings({"when": "sum_gross > 5", "account": None, "review": "look"}) == []


def test_rules_that_ask_for_a_review() -> None:
    """A review is asked for whatever other rules decide: nothing shadows it, or makes it redundant."""
    wide = {"when": "sum_gross > 5", "account": "7", "priority": 10}
    assert findings(wide, {"when": "sum_gross > 6", "account": "7"}) == [("shadowed", "r1")]
    assert findings(wide, {"when": "sum_gross > 6", "account": "7", "review": "look"}) == []
    assert findings(wide, {**wide, "when": "sum_gross > 6", "review": "look"}) == []
    assert findings({**wide, "review": "look"}, {"when": "sum_gross > 6", "account": "7"}) == [("shadowed", "r1")]
    guard = {"when": "sum_gross > booking.value", "account": None, "review": "look"}
    assert findings(guard, {**guard, "when": "booking.value < sum_gross"}) == [("duplicate", "r1")]
    assert findings(guard, {**guard, "review": "another look"}) == []
    table = RuleTable([a_rule("late", "sum_gross > 6", account="7", review="look")])
    assert list(findings_for(a_rule("early", "sum_gross > 5", account="7", priority=1), table, today=TODAY)) == []


def test_a_rule_switched_off_is_left_alone() -> None:
    """Nothing is said about a rule that is off, nor about others because of it."""
    assert findings({"when": "sum_gross > 5 and sum_gross < 1", "mode": "off"}) == []
    assert findings({"when": "sum_gross > 5", "mode": "off"}, "sum_gross > 5") == []


# --- one changed rule against a table that is kept ---------------------------------------------------------------


def changed(rule: Rule, *others: str | dict[str, Any]) -> list[tuple[str, str, tuple[str, ...]]]:
    """The findings for a rule against a table of r0, r1, …"""
    found = findings_for(rule, RuleTable(some_rules(*others)), today=TODAY)
    return [(each.kind, each.rule_id, each.others) for each in found]


def test_a_changed_rule_among_others() -> None:
    """Everything that would be said about it in the whole set is said, with the earlier and the later rules."""
    first = {"when": "sum_gross > 5", "priority": 10}
    assert changed(a_rule("new", "sum_gross > 9"), first) == [("shadowed", "new", ("r0",))]
    assert changed(a_rule("new", "sum_gross > 5", account="0"), first) == [("duplicate", "new", ("r0",))]
    assert changed(a_rule("a", "sum_gross > 9"), "sum_gross > 5") == [("conflict", "a", ("r0",))]
    assert changed(a_rule("a", "sum_gross > 9", account="0"), "sum_gross > 5") == [("redundant", "a", ("r0",))]
    assert changed(a_rule("a", "sum_net > 9"), "sum_gross > 5", "sum_gross > 6") == [("overlapping", "a", ("r0", "r1"))]
    assert changed(a_rule("a", "sum_net > 9 and sum_net < 1"), "sum_gross > 5") == [("never_true", "a", ())]
    assert changed(a_rule("a", "sum_net > 9", mode="off"), "sum_net > 5") == []
    assert changed(a_rule("a", "sum_net > 9", valid_until="2026-01-20"), "sum_net > 5") == [("expired", "a", ())]


def test_a_changed_rule_is_not_compared_with_what_it_was() -> None:
    """The table may still hold the rule as it was."""
    table = RuleTable(some_rules("sum_gross > 5", "sum_gross < 5"))
    assert findings_for(a_rule("r0", "sum_gross > 5", account="0"), table, today=TODAY) == ()
    (found,) = findings_for(a_rule("r0", "sum_gross < 9"), table, today=TODAY)
    assert (found.kind, found.others) == ("overlapping", ("r1",))


def test_a_changed_rule_that_shadows_others() -> None:
    """Rules that no longer decide anything because of the changed one are named, for their authors to know."""
    wide = a_rule("wide", "sum_gross > 0", priority=5)
    assert changed(wide, "sum_gross > 5", "sum_net > 5", {"when": "sum_gross > 7", "project": "P"}) == [
        ("shadowed", "r0", ("wide",))
    ]
    suggested = a_rule("wide", "sum_gross > 0", priority=5, mode="suggest")
    assert changed(suggested, "sum_gross > 5", {"when": "sum_gross > 5", "mode": "suggest"}) == [
        ("shadowed", "r1", ("wide",))
    ]


def test_a_changed_rule_that_is_too_complex() -> None:
    """It is said that it was not compared, and nothing is claimed."""
    many = " and ".join(f'(title contains "{i}" or notes contains "{i}")' for i in range(60))
    assert changed(a_rule("a", many), "sum_gross > 5") == [("unfinished", "a", ("a",))]
