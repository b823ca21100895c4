"""How large and how deep a condition may be: the same in every form, so that what is read can be printed and read."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autobook.domain.conditions import (
    And,
    Comparison,
    Condition,
    ConditionError,
    Counted,
    Not,
    Or,
    Quantified,
    SpecialDate,
    parse,
)
from autobook.domain.conditions.limits import nesting
from autobook.domain.conditions.printing import shortest, to_json, to_json_text, to_text
from autobook.domain.rules import rule_fields
from tests.autobook.domain.conditions.strategies import CONDITIONS

A, B = (Comparison("title", "eq", letter) for letter in "ab")
LEAF = {"field": "title", "op": "eq", "value": "a"}


def survives(condition: Condition) -> None:
    """Printed in every form, it is read as itself again."""
    for form in (to_text, to_json, to_json_text, shortest):
        assert parse(form(condition), rule_fields()) == condition, form


def alternating(groups: int, innermost: str) -> str:
    text = innermost
    for i in range(groups):
        text = f'title = "a" {("and", "or")[i % 2]} ({text})'
    return text


def ors_of_ands(parentheses: int, innermost: str) -> str:
    text = innermost
    for _ in range(parentheses):
        text = f'title = "a" or title = "b" and ({text})'
    return text


DEEP: list[tuple[str, int]] = [
    ("not " * 33 + "id is null", 33),
    ("not " * 64 + "id is null", 64),
    ("not " * 63 + '(title = "a" or title = "b")', 64),
    ("(" * 64 + "id is null" + ")" * 64, 0),
    ("not (" * 32 + "id is null" + ")" * 32, 32),
    (alternating(64, "id is null"), 63),
    (alternating(64, 'title = "a" or title = "b"'), 64),
    (alternating(63, "not id is null"), 63),
    (alternating(63, "vats.any(vat = 1)"), 63),
    ("vats.any(" + "not " * 63 + "vat = 1)", 64),
    (ors_of_ands(32, 'title = "a" or title = "b"'), 64),
    (ors_of_ands(32, "id is null"), 63),
    ('id is null or id = "a" and id = "b"', 1),
    ("vats.any(vat = 1 or vat = 2)", 1),
    ("not vats.count(vat = 1 or vat = 2) = 1 and id is null", 2),
    ("not vats.any()", 1),
]


@pytest.mark.parametrize(("text", "depth"), DEEP, ids=range(len(DEEP)))
def test_as_deep_in_every_form(text: str, depth: int) -> None:
    """A text of at most 64 levels is one tree, and neither of its printed forms is deeper than that."""
    condition = parse(text, rule_fields())
    assert nesting(condition) == depth
    survives(condition)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("(" * 65 + "id is null" + ")" * 65, 64),
        ("not " * 65 + "id is null", 64 * 4),
        ("not " * 64 + '(title = "a" or title = "b")', 64 * 4),
        (alternating(65, "id is null"), len('title = "a" and (') * 33 + len('title = "a" or (') * 32 - 1),
        ("vats.any(" + "not " * 64 + "vat = 1)", 9 + 63 * 4),
        (ors_of_ands(33, "id is null"), 33 * len('title = "a" or title = "b" and (') - 1),
        (ors_of_ands(33, "id is null") + " and (id is null)", 33 * len('title = "a" or title = "b" and (') - 1),
        (f"{ors_of_ands(33, 'id is null')} or " * 2 + "id is null", 33 * len('title = "a" or title = "b" and (') - 1),
    ],
)
def test_too_deep(text: str, at: int) -> None:
    """The 65th level is refused where it opens, whether it is written or only read into the precedence."""
    with pytest.raises(ConditionError, match="nested more than 64 deep") as raised:
        parse(text, rule_fields())
    assert raised.value.offset == at


def test_group_after_not_is_a_level() -> None:
    """After `not` a group is a level of its own, in JSON as in the text, where it needs its parentheses."""
    for levels, fits in ((63, True), (64, False)):
        document: object = [LEAF, LEAF]
        for _ in range(levels):
            document = {"not": document}
        if fits:
            survives(parse(document, rule_fields()))
        else:
            with pytest.raises(ConditionError, match="nested more than 64 deep"):
                parse(document, rule_fields())


def test_text_that_gets_longer() -> None:
    """A number that stands for a text is written out; where that is over 8 KiB, the text is refused at once."""
    part = "sum_gross like 1.5"
    assert to_text(parse(part, rule_fields())) == 'sum_gross like "1.50"'
    text = " or ".join([part] * 370)
    assert len(text) <= 8192 < len(shortest(parse(part, rule_fields())) + "or ") * 370
    with pytest.raises(ConditionError, match="the condition is longer than 8 KiB"):
        parse(text, rule_fields())


def nested(make: Callable[[Any, int], object], levels: int) -> object:
    document: object = LEAF
    for level in range(levels):
        document = make(document, level)
    return document


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda inner, _: {"not": inner}, 64),
        (lambda inner, _: [inner], 64),
        (lambda inner, _: {"and": [inner]}, 64),
        (lambda inner, level: {("and", "or")[level % 2]: [inner]}, 64),
        (lambda inner, level: {("and", "not")[level % 2]: ([inner], inner)[level % 2]}, 64),
        # The outermost group is within none, as a text needs no parentheses around it.
        (lambda inner, level: {("and", "or")[level % 2]: [LEAF, inner]}, 65),
        (lambda inner, _: [LEAF, inner], 65),
    ],
    ids=["not", "list of one", "and of one", "groups of one", "and of not", "groups", "lists"],
)
def test_deep_json(make: Callable[[Any, int], object], most: int) -> None:
    """In JSON a level is a `not`, a group of one, or a group within a group; 64 of them are allowed."""
    survives(parse(nested(make, most), rule_fields()))
    for document in (nested(make, most + 1), json.dumps(nested(make, most + 1))):
        with pytest.raises(ConditionError, match="nested more than 64 deep"):
            parse(document, rule_fields())


def test_relations_are_levels_in_json() -> None:
    """A relation filter is one level, what is within it begins anew."""
    inner: object = {"or": [{"field": "done", "value": True}, {"field": "done", "op": "isnull"}]}
    for _ in range(64):
        inner = {"field": "tasks", "op": "any", "value": inner}
    condition = parse(inner, None)
    assert nesting(condition) == 64
    assert parse(to_text(condition), None) == parse(to_json_text(condition), None) == condition
    with pytest.raises(ConditionError, match="nested more than 64 deep"):
        parse({"field": "tasks.count()", "op": "gt", "value": 1, "where": inner}, None)


LONG = [
    "sum_gross=1" + " or sum_gross=1" * 540,
    "title in[" + ",".join(['"0"'] * 1000) + "]and(title in[" + ",".join(['"1"'] * 1000) + "])",
    'id=""or ' * 1000 + "id notnull",
    "id=''and " * 900 + "id isnull",
    "not(id='')and(id=\"\"or id='x')and " * 240 + "id isnull",
    "created_at>2026-01-31T12:00Z or " * 250 + "created_at=2026-01-31",
    "created_at in[" + ",".join(["2026-01-31T12:00+0130", "today-1d", "2026-01-31T12:00:01.5"] * 150) + "]",
    "due_date in[" + ",".join(["2026-01-31"] * 740) + "]",
    "vats.count()in[1]or " * 400 + "vats.count(vat=1)=1",
    'title like"50\\%\\_"or ' * 380 + "id isnull",
    "title='" + '"' * 8184 + "'",
    'title="' + "'" * 8184 + '"',
    'title="' + "\n" * 8184 + '"',
    'title="' + "\x01" * 8184 + '"',
    'title="' + "\\\\" * 4092 + '"',
]


@pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
def test_long_text_can_be_printed(text: str) -> None:
    """However tightly 8 KiB are written, the condition can be printed in both forms and read again."""
    assert 7000 < len(text) <= 8192
    survives(parse(text, rule_fields()))


def test_printed_for_people_as_long_as_it_fits() -> None:
    """The text has its spaces and parentheses; only at the limits of size and depth they are left out."""
    short = 'not(title="x")and(id isnull or sum_gross in[1,2,3])or not not id notnull'
    assert to_text(parse(short, rule_fields())) == (
        'not (title = "x") and (id is null or sum_gross in [1, 2, 3]) or not not (id is not null)'
    )
    for parts, printed in ((482, "sum_gross = 1"), (483, "sum_gross=1")):
        assert to_text(parse(" or ".join(["sum_gross=1"] * parts), rule_fields())) == " or ".join([printed] * parts)
    assert to_text(parse("not " * 63 + "id is null", rule_fields())) == "not " * 62 + "not (id is null)"
    assert to_text(parse("not " * 64 + "id is null", rule_fields())) == "not " * 64 + "id isnull"


SHORTEST: list[tuple[Condition, str]] = [
    (And((A, B)), 'title="a"and title="b"'),
    (And((Or((A, B)), Or((B, A)))), '(title="a"or title="b")and(title="b"or title="a")'),
    (Or((And((A, B)), Not(A), Not(Or((A, B))))), 'title="a"and title="b"or not title="a"or not(title="a"or title="b")'),
    (And((Comparison("id", "isnull", None), Comparison("id", "isnotnull", None))), "id isnull and id notnull"),
    (And((Comparison("x", "eq", Decimal("1.50")), Comparison("y", "gt", True))), "x=1.50 and y>true"),
    (Comparison("x", "in", (Decimal(1), "a", SpecialDate("today", -1))), 'x in[1,"a",today-1d]'),
    (Comparison("x", "contains", "a'\"'"), 'x contains"a\'\\"\'"'),
    (Comparison("x", "contains", 'a"\'"'), "x contains'a\"\\'\"'"),
    (Comparison("x", "like", "\\%\\\\_\\a"), r'x like"\%\\\_\\a"'),
    (Comparison("x", "eq", "\\%"), r'x="\\%"'),
    (Comparison("x", "lt", SpecialDate("now")), "x<now"),
    (Comparison("x", "lt", date(2026, 1, 31)), "x<2026-01-31"),
    (Comparison("x", "lt", datetime(2026, 1, 31, 10, tzinfo=UTC)), "x<2026-01-31T10:00Z"),
    (Comparison("x", "lt", datetime(2026, 1, 31, 10, 0, 20)), "x<2026-01-31T10:00:20"),  # noqa: DTZ001 - local time
    (Comparison("x", "lt", datetime(2026, 1, 31, 10, 0, 0, 120000, UTC)), "x<2026-01-31T10:00:00.12Z"),
    (
        Comparison("x", "lt", datetime(2026, 1, 31, 10, 30, tzinfo=timezone(-timedelta(hours=1)))),
        "x<2026-01-31T10:30-0100",
    ),
    (Quantified("v", "any", Or((A, B))), 'v.any(title="a"or title="b")'),
    (Quantified("v", "none", None), "v.none()"),
    (Counted("v", A, "in", (Decimal(1),)), 'v.count(title="a")in[1]'),
    (And((Counted("v", None, "gt", Decimal(1)), A)), 'v.count()>1 and title="a"'),
]


@pytest.mark.parametrize(("condition", "text"), SHORTEST)
def test_shortest(condition: Condition, text: str) -> None:
    """The shortest text has no space, character or digit that could be left out."""
    assert shortest(condition) == text


@given(CONDITIONS)
def test_shortest_is_read_again(condition: Condition) -> None:
    """The shortest text is the same condition, and no longer than the one for people."""
    assert parse(shortest(condition), rule_fields()) == condition
    assert len(shortest(condition)) <= len(to_text(condition))


@given(
    st.lists(CONDITIONS, min_size=1, max_size=8),
    st.lists(
        st.sampled_from(["not {}", "({})", 'id is null or id = "a" and ({})', "id is null and ({})"]), max_size=70
    ),
    st.integers(1, 60),
)
@example([Comparison("id", "isnull", None)], ["not {}"] * 64, 1)
@example([Comparison("id", "isnull", None)], ['id is null or id = "a" and ({})'] * 32, 1)
def test_what_is_read_can_be_printed(some: list[Condition], around: list[str], times: int) -> None:
    """Whatever condition is accepted, deep and long as it may be, is printed in every form and read as itself."""
    text = "or ".join([shortest(each) + " " for each in some] * times)
    for wrap in around:
        text = wrap.format(text) if "(" in wrap else wrap.format(f"({text})")
    try:
        condition = parse(text, rule_fields())
    except ConditionError as error:
        assert error.problem in ("nested more than 64 deep", "the condition is longer than 8 KiB")  # noqa: PT017
    else:
        survives(condition)


@pytest.mark.parametrize("letter", ["a", "ü", "漢", "\ud800"])
def test_length_is_counted_in_bytes(letter: str) -> None:
    """8 KiB of UTF-8 are the longest text, and the most that the JSON form may say written as text."""
    size = len(letter.encode(errors="replace"))
    letters, rest = divmod(8192 - len('title=""'), size)
    for more, fits in ((0, True), (1, False)):
        value = letter * letters + "x" * (rest + more)
        document = {"field": "title", "op": "eq", "value": value}
        for source in (document, json.dumps(document, ensure_ascii=False), f'title="{value}"'):
            if fits:
                survives(parse(source, rule_fields()))
            else:
                with pytest.raises(ConditionError, match="the condition is longer than 8 KiB"):
                    parse(source, rule_fields())
    with pytest.raises(ConditionError, match="the condition is longer than 8 KiB"):
        parse(f'title="{letter * letters}{"x" * rest}" ', rule_fields())


LONG_JSON: list[object] = [
    {"or": [LEAF] * 1000},
    {"field": "title", "op": "eq", "value": "a" * 9000},
    {"field": "sum_gross", "op": "in", "value": [Decimal("1E+29")] * 1000},
    {"field": "sum_gross", "op": "in", "value": [1e-30] * 1000},
    {"field": "due_date", "op": "in", "value": [date(2026, 1, 31)] * 1000},
    {"field": "created_at", "op": "in", "value": [datetime(2026, 1, 31, 1, 1, 1, 1, UTC)] * 300},
]


@pytest.mark.parametrize("document", LONG_JSON)
def test_long_json(document: object) -> None:
    """The JSON form is measured by what it says, whether its numbers and dates are written out or not."""
    with pytest.raises(ConditionError, match="the condition is longer than 8 KiB"):
        parse(document, rule_fields())


def test_json_numbers_are_written_out() -> None:
    """A list of numbers that is short in JSON, but not without exponents, is refused in JSON as well."""
    text = '{"field": "sum_gross", "op": "in", "value": [' + ", ".join(["1e29"] * 300) + "]}"
    assert len(text) < 2000
    with pytest.raises(ConditionError, match="the condition is longer than 8 KiB"):
        parse(text, rule_fields())


def test_room_of_the_json_form() -> None:
    """However the JSON form is laid out: what it says counts, up to 64 KiB of JSON (in bytes) are read for that."""
    for sign in ("a", "ü"):
        text = json.dumps({"field": "title", "op": "eq", "value": sign * 4000}, ensure_ascii=False)
        room = 65536 - len(text.encode())
        assert parse(text + " " * room, rule_fields()) == Comparison("title", "eq", sign * 4000)
        with pytest.raises(ConditionError, match="the condition is longer than 8 KiB"):
            parse(text + " " * (room + 1), rule_fields())


def test_room_of_decoded_json() -> None:
    """Decoded, too, up to 64 KiB of texts are read, and lists and objects with 16,384 places in all."""
    for document, problem in (
        ([*["a"] * 8192, *["aaaaaaa"] * 8192], "expected a condition such as"),
        ([*["a"] * 8191, "aa", *["aaaaaaa"] * 8192], "the condition is longer than 8 KiB"),
        ([[]] * 16384, "a list of conditions is empty"),
        ([[]] * 16385, "the condition is longer than 8 KiB"),
        ([*[[]] * 16381, {}, {"a": 1}], "a list of conditions is empty"),
        ([*[[]] * 16381, {"a": 1}, {"a": 1}], "the condition is longer than 8 KiB"),
    ):
        with pytest.raises(ConditionError, match=problem):
            parse(document, rule_fields())


HUGE: list[object] = [
    "x" * 10_000_000,
    "ß" * 5_000_000,
    "[" * 10_000_000,
    [{"field": "title", "op": "in", "value": ["a"] * 1_000_000}],
    [{"field": "title", "op": "eq", "value": "a" * 20_000_000}],
    [{"field": "title", "op": "eq", "value": b"a" * 20_000_000}],
    {"a" * 70_000: 1},
    {"field": "sum_gross", "value": Decimal("9" * 70_000)},
    f'{{"field": "id", "value": "{"ü" * 40_000}"}}',
]


@pytest.mark.parametrize("source", HUGE, ids=range(len(HUGE)))
def test_huge(source: object) -> None:
    """What is far too large is refused before it is looked through."""
    with pytest.raises(ConditionError, match="the condition is longer than 8 KiB"):
        parse(source, rule_fields())
