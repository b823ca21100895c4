"""Which object a code stands for, and why it stands for none."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.code_resolution import CodeContext, UnresolvedCode
from autobook.domain.codes import Candidate, normal_code
from tests.autobook.service.processing import reasons, rule, run, system
from tests.fake_kanbert import booking
from tests.fakes import VIENNA, FakeCodeResolver

DAY = date(2026, 2, 27)
OLD = Candidate("old", "7380", "Telefon", end=datetime(2025, 12, 31, tzinfo=UTC))
NOW = Candidate("now", "7380", "Internet", start=datetime(2026, 1, 1, tzinfo=UTC))
LATER = Candidate("later", "7380", "Funk", start=datetime(2026, 3, 1, tzinfo=UTC))
OPEN = Candidate("open", "7380", "Alles")


def account(*candidates: Candidate, day: date | None = DAY) -> str:
    """The id, or the reason."""
    found = CodeContext(day, VIENNA).resolve(("account", "7380"), candidates)
    return found if isinstance(found, str) else found.reason


@pytest.mark.parametrize(
    ("candidates", "found"),
    [
        ([OPEN], "open"),
        ([OLD, NOW], "now"),
        ([NOW, OLD, LATER], "now"),
        ([NOW, NOW], "now"),
        ([], "Kanbert has no account 7380"),
        ([OLD], "account 7380 ended on 2025-12-31, before the invoice's date 2026-02-27"),
        ([LATER], "account 7380 begins on 2026-03-01, after the invoice's date 2026-02-27"),
        ([OLD, LATER], "account 7380 ended on 2025-12-31, before the invoice's date 2026-02-27"),
        (
            [OPEN, NOW],
            'Kanbert has several accounts 7380: open ("Alles"), now ("Internet"); give the right one as id:…',
        ),
    ],
)
def test_account(candidates: list[Candidate], found: str) -> None:
    """The one that is current on the invoice's date; else why not."""
    assert account(*candidates) == found


@pytest.mark.parametrize(
    ("day", "found"),
    [(date(2025, 12, 31), "old"), (date(2026, 1, 1), "now"), (date(2026, 3, 1), "several"), (None, "several")],
)
def test_both_days_inclusive(day: date | None, found: str) -> None:
    """First and last day count, by the account's time zone; without any date nothing can be told apart."""
    end = datetime(2025, 12, 30, 23, tzinfo=UTC)  # midnight in Vienna
    assert found in account(Candidate("old", "7380", end=end), NOW, LATER, day=day)


def test_letter_by_letter_first() -> None:
    """`P-42` beside `p-42` means itself."""
    both = (Candidate("upper", "P-42"), Candidate("lower", "p-42"))
    context = CodeContext(DAY, VIENNA)
    assert context.resolve(("project", "p-42"), both) == "lower"
    assert context.resolve(("project", "P-42"), both) == "upper"
    assert isinstance(context.resolve(("project", "P-42 "), both), UnresolvedCode)


def test_project_that_has_ended() -> None:
    """A late invoice still goes to its project; of several, the current one is meant."""
    ended, current = Candidate("p1", "P-42", end=date(2025, 6, 30)), Candidate("p2", "P-42", start=date(2026, 1, 1))
    context = CodeContext(DAY, VIENNA)
    assert context.resolve(("project", "P-42"), [ended]) == "p1"
    assert context.resolve(("project", "P-42"), [ended, current]) == "p2"
    assert isinstance(
        context.resolve(("project", "P-42"), [ended, Candidate("p3", "P-42", end=ended.end)]), UnresolvedCode
    )


MOBILE = Candidate("m", "Mobilfunk", "Mobilfunk", account_id="acc-7380", account_code="7380")
OTHER = Candidate("o", "Mobilfunk", "Mobilfunk", account_id="acc-7390", account_code="7390")


@pytest.mark.parametrize(
    ("line_account", "candidates", "found"),
    [
        ("acc-7380", [MOBILE, OTHER], "m"),
        ("acc-7390", [MOBILE, OTHER], "o"),
        ("code:7390", [MOBILE, OTHER], "o"),
        ("", [MOBILE], "the line has no account in which to look for position Mobilfunk"),
        ("acc-5800", [MOBILE], "the account of the line has no position Mobilfunk (account 7380 has one)"),
        ("acc-5800", [], "the account of the line has no position Mobilfunk"),
        (
            "acc-7380",
            [MOBILE, Candidate("m2", "Mobilfunk", "Neu", account_id="acc-7380", account_code="7380")],
            (
                'Kanbert has several positions Mobilfunk: m of account 7380, m2 ("Neu") of account 7380; '
                "give the right one as id:…"
            ),
        ),
    ],
)
def test_position(line_account: str, candidates: list[Candidate], found: str) -> None:
    """A position is one of the line's account."""
    resolved = CodeContext(DAY, VIENNA, line_account).resolve(("position", "Mobilfunk"), candidates)
    assert (resolved if isinstance(resolved, str) else resolved.reason) == found


@pytest.mark.parametrize("field", ["editor", "payment_account"])
def test_not_listed(field: str) -> None:
    """What Kanbert's API does not list can only be given by its id."""
    found = CodeContext(DAY, VIENNA).resolve((field, "Anna"), [])
    assert isinstance(found, UnresolvedCode)
    assert "as id:…, not as Anna" in found.reason


def test_many_are_named_in_part() -> None:
    """A message names the first five and counts the rest."""
    assert account(*(Candidate(f"a{n}", "7380") for n in range(9))).startswith(
        "Kanbert has several accounts 7380: a0, a1, a2, a3, a4 and 4 more"
    )


@given(st.text())
def test_normal_form(code: str) -> None:
    """Case, blanks around and invisible characters make no difference, and a normal code is its own normal form."""
    normal = normal_code(code)
    assert normal_code(normal) == normal
    assert normal_code(f"\t {code}\u00a0\u200b") == normal


class TestInTheDecision:
    def test_the_current_account(self) -> None:
        """A code that an ended and a current account share is the current one on the invoice's date."""
        for day, expected in (("2025-12-30", "old"), ("2026-02-27", "now")):
            made = system(rule(account="7380"), date_of_invoice=f"{day}T00:00:00Z")
            made.code_resolver = FakeCodeResolver({("account", "7380"): (OLD, NOW)})
            run(made)
            assert made.kanbert.line("inv1")["chart_of_account_id"] == expected

    def test_without_a_date(self) -> None:
        """An invoice without a date is of the day on which it came."""
        made = system(rule(account="7380"), date_of_invoice=None, created_at="2025-12-30T10:00:00Z")
        made.code_resolver = FakeCodeResolver({("account", "7380"): (OLD, NOW)})
        run(made)
        assert made.kanbert.line("inv1")["chart_of_account_id"] == "old"

    @pytest.mark.parametrize(
        ("rules", "line", "position"),
        [
            ([rule(position="mobilfunk", account="7380")], {}, "m"),
            ([rule("b", position="Mobilfunk"), rule("a", account="id:acc-7390", priority=200)], {}, "o"),
            ([rule(position="Mobilfunk")], {"chart_of_account_id": "acc-7390"}, "o"),
            ([rule(position="Mobilfunk", account="7380")], {"chart_of_account_id": "acc-7390"}, "o"),
            ([rule(position="Mobilfunk")], {"chart_of_account": {"code": "7390"}}, "o"),
            ([rule(position="Mobilfunk")], {}, None),
            ([rule(position="Mobilfunk", account="9999")], {}, None),
            ([rule(position="Mobilfunk", account="5800")], {}, None),
            ([rule("a", account="7380"), rule("b", account="7390", position="Mobilfunk")], {}, None),
        ],
    )  # fmt: skip
    def test_position_within_the_account(
        self, rules: list[dict[str, Any]], line: dict[str, Any], position: str | None
    ) -> None:
        """Within the account that a rule chooses now, else within the one that stands there."""
        made = system(*rules, bookings=[booking(**line)])
        made.code_resolver = FakeCodeResolver({("position", "Mobilfunk"): (MOBILE, OTHER)})
        run(made)
        assert made.kanbert.line("inv1")["position_id"] == position
        if position is None:
            assert ("unknown_code", "b1", "position") in reasons(made)

    def test_reason_in_the_problem(self) -> None:
        """The message says why, which rule, and which field."""
        made = system(rule(account="7380"))
        made.code_resolver = FakeCodeResolver({("account", "7380"): (OLD,)})
        run(made)
        (reason,) = made.publisher.of("invoice.needs_review")[0].data["reasons"]
        assert reason["message"] == (
            "account 7380 ended on 2025-12-31, before the invoice's date 2026-02-27 (rule hetzner, account)"
        )
        assert (reason["code"], reason["field"], reason["rule_ids"]) == ("unknown_code", "account", ["hetzner"])

    @pytest.mark.parametrize(("one", "other"), [("P-42", "p-42"), ("P-42", "id:p42"), ("P-42", "P-42\u200b")])
    def test_the_same_in_other_words(self, one: str, other: str) -> None:
        """Rules that name one project in two ways agree."""
        made = system(rule("a", project=one, account="7380"), rule("b", project=other))
        made.code_resolver = FakeCodeResolver({("project", "P-42"): "p42"})
        run(made)
        assert made.kanbert.line("inv1")["project_id"] == "p42"
        assert made.publisher.types == ["invoice.received", "invoice.booked"]

    def test_looked_up_anew(self) -> None:
        """A code that was missing, or stood for an account that has ended, is looked up anew by the next run."""
        for before in ((), (OLD,)):
            made = system(rule(account="7380", project="P-1"))
            made.code_resolver = FakeCodeResolver({("account", "7380"): before, ("project", "P-1"): "p1"})
            run(made)
            assert made.kanbert.line("inv1")["chart_of_account_id"] is None
            made.code_resolver.known["account", "7380"] = (*before, NOW)
            made.kanbert.edit("inv1", title="touched")
            run(made)
            assert made.kanbert.line("inv1")["chart_of_account_id"] == "now"
            assert made.code_resolver.asked.count(("project", "P-1")) == 1, "what was found is remembered"

    def test_only_what_may_be_written(self) -> None:
        """No code is looked up for a value that a person has decided, or for an invoice that is handed over."""
        person = [booking(chart_of_account_id="theirs")]
        made = system(rule(account="7380"), bookings=person)
        run(made)
        handed_over = system(rule(account="7380"), status="booked")
        run(handed_over)
        assert made.code_resolver.asked == handed_over.code_resolver.asked == []

    def test_suggested(self) -> None:
        """A suggestion has ids, its position within the suggested account; what is unknown stays as it was written."""
        made = system(rule(account="7390", position="Mobilfunk", project="P-9", mode="suggest"))
        made.code_resolver = FakeCodeResolver({("position", "Mobilfunk"): (MOBILE, OTHER)})
        run(made)
        (event,) = made.publisher.of("invoice.suggested")
        assert {v["field"]: v["value"] for v in event.data["values"]} == {
            "account": {"id": "acc-7390", "code": "7390"},
            "position": {"id": "o", "title": "Mobilfunk"},
            "project": {"code": "P-9"},
        }  # fmt: skip


@pytest.mark.parametrize("hyphen", ["\u2010", "\u2011"])
def test_hyphens(hyphen: str) -> None:
    """A hyphen at which no line is broken, as texts are pasted with, is a hyphen in Kanbert's codes as well."""
    assert normal_code(f"P{hyphen}42") == normal_code("p-42")
