"""What is learned from one supplier's lines."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from random import Random

import pytest

from autobook_cli.suggest.features import AnyLine, Band, Both, Rate, Word, limit_between
from autobook_cli.suggest.learning import Learned, learned
from autobook_cli.suggest.observations import Observation

ACCOUNTS = ("a", "b", "c")


def line(
    number: int,
    account: str,
    *,
    month: int | None = None,
    invoice: str | None = None,
    title: str = "",
    gross: object = 100,
    rate: int = 20,
    **booked: str,
) -> Observation:
    """A line of an invoice of its own, three a month."""
    return Observation(
        month=number // 3 if month is None else month,
        invoice_id=invoice or f"inv{number}",
        supplier_name="Acme GmbH",
        line_title=title,
        invoice_title="acme gmbh",
        value=Decimal(str(gross)),
        gross=Decimal(str(gross)),
        rates=frozenset({Decimal(rate)}),
        booked={"account": account} | booked,
    )


def found(lines: Sequence[Observation]) -> list[tuple[str, str, int]]:
    """Condition, account and support of each rule."""
    return [(each.feature.text, dict(each.values)["account"], each.support) for each in learned(lines, "acme gmbh")]


def many(accounts: Iterable[str]) -> list[Observation]:
    """One line for each."""
    return [line(number, account) for number, account in enumerate(accounts)]


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        ("aaaa", [("", "a", 4)]),
        ("aaa", []),
        ("aaaaaaaaab", [("", "a", 10)]),
        ("aaaaaaaabb", []),
        ("abababababab", []),
        ("aaaaaaaabbbb", [("", "b", 4)]),
        ("aaaaaaaabbb", []),
        ("bbbbbbbbbaaaaaaaaaaaaaaaaaaaa", [("", "a", 20)]),
        ("aaaaaaaaaaaaaaaaaaaabaaaaaaaa", [("", "a", 29)]),
    ],
)
def test_supplier_alone(accounts: str, expected: list[tuple[str, str, int]]) -> None:
    """Nine of ten, from four invoices on; after a change what is booked since."""
    assert found(many(accounts)) == expected


def test_lines_of_few_invoices() -> None:
    """Ten lines of three invoices are three cases."""
    assert found([line(number, "a", invoice=f"i{number % 3}") for number in range(10)]) == []


def test_word() -> None:
    """Where the supplier says nothing, a word of the title does; of several, the one that says it of most lines."""
    lines = [
        line(number, "ab"[number % 2], title=f"{('server', 'domain')[number % 2]} {('rent', '')[number % 4 // 2]} acme")
        for number in range(24)
    ]
    assert found(lines) == [
        ('booking.title contains "domain"', "b", 12),
        ('booking.title contains "server"', "a", 12),
    ] or found(lines) == [
        ('booking.title contains "server"', "a", 12),
        ('booking.title contains "domain"', "b", 12),
    ]


def test_band() -> None:
    """Amounts below and from a limit, as round as the gap between them allows."""
    lines = [line(n, "a" if n % 2 else "b", gross=(50 + 7 * n if n % 2 else 506 + 11 * n)) for n in range(30)]
    assert sorted(found(lines)) == [("sum_gross < 500", "a", 15), ("sum_gross >= 500", "b", 15)]


def test_middle_band() -> None:
    """An account between two limits."""
    amounts = [*range(10, 30), *range(110, 130), *range(510, 530)]
    Random(3).shuffle(amounts)
    lines = [
        line(n, "b" if 100 < amount < 200 else "ac"[amount > 200], gross=amount) for n, amount in enumerate(amounts)
    ]
    assert ("sum_gross >= 100 and sum_gross < 500", "b", 20) in found(lines)


def test_rate() -> None:
    """A rate of VAT, before any amount."""
    lines = [line(n, "ab"[n % 2], rate=(10, 20)[n % 2], gross=100 + n) for n in range(24)]
    assert sorted(found(lines)) == [("vats.any(vat = 10)", "a", 12), ("vats.any(vat = 20)", "b", 12)]


def test_lines_of_one_invoice() -> None:
    """Where invoices have several lines, it is the line's own amount that counts."""
    lines = [line(n, "ab"[n % 2], invoice=f"i{n // 2}", gross=(10 + n, 300 + n)[n % 2]) for n in range(24)]
    assert sorted(found(lines)) == [("booking.value < 200", "a", 12), ("booking.value >= 200", "b", 12)]


def test_exceptions_decide_first() -> None:
    """What a word takes out of a habit comes before the habit."""
    lines = [line(n, "b" if n % 12 == 0 else "a", title="domain" if n % 12 == 0 else "server") for n in range(1, 97)]
    assert found(lines) == [('booking.title contains "domain"', "b", 8), ("", "a", 96)]


def test_chance_teaches_nothing() -> None:
    """Of hundreds of words, some seem to say something: that is not learned."""
    words = [f"wort{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200)]
    rules = 0
    for seed in range(12):
        random = Random(seed)
        rules += len(
            found(
                [
                    line(
                        n,
                        random.choice(ACCOUNTS),
                        title=" ".join(random.sample(words, 6)),
                        gross=random.randrange(10, 999),
                    )
                    for n in range(60)
                ]
            )
        )
    assert rules <= 1


def test_other_fields() -> None:
    """A project that nine of ten lines have belongs to the rule, one that changes does not."""
    same = [line(n, "a", project="p1") for n in range(10)]
    changing = [line(n, "a", project=f"p{n % 3}") for n in range(10)]
    assert [each.values for each in learned(same, "")] == [(("account", "a"), ("project", "p1"))]
    assert [each.values for each in learned(changing, "")] == [(("account", "a"),)]
    (rule,) = learned(same, "")
    assert rule.says(line(11, "a", project="p1"))
    assert not rule.says(line(11, "a"))


@pytest.mark.parametrize(
    ("below", "above", "expected"),
    [
        ("99", "101", "100"), ("480.10", "530", "500"), ("1.234", "1.236", "1.236"), ("0.01", "0.02", "0.02"),
        ("-20", "30", "0"), ("-200", "-30", "-100"), ("1234", "1250", "1250"), ("12.31", "12.38", "12.35"),
    ],
)  # fmt: skip
def test_round_limits(below: str, above: str, expected: str) -> None:
    """Above the one, and at most the other."""
    limit = limit_between(Decimal(below), Decimal(above))
    assert Decimal(below) < limit <= Decimal(above)
    if "." not in expected or len(expected) < 5:
        assert limit == Decimal(expected)


def test_keys_stay_where_figures_change() -> None:
    """A band that became sharper is the same habit; another word is another."""

    def key(feature: object) -> object:
        return Learned(feature, (("account", "a"),), 4, 1).key  # type: ignore[arg-type]

    assert key(Band("sum_gross", None, Decimal(100))) == key(Band("sum_gross", None, Decimal(120)))
    assert key(Band("sum_gross", None, Decimal(100))) != key(Band("sum_gross", Decimal(100), None))
    assert key(Word("title", "x")) != key(Word("title", "y"))
    both = Both(Word("title", "x"), Rate(Decimal(10)))
    assert (both.text, key(AnyLine()) == key(both)) == ('title contains "x" and vats.any(vat = 10)', False)
