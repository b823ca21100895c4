"""What the string form means, and where it points when it means nothing."""

import re

import pytest

from autobook.domain.conditions import And, Comparison, Condition, ConditionError, Not, Or, Quantified, parse
from autobook.domain.rules import rule_fields

A, B, C = (Comparison("title", "eq", letter) for letter in "abc")

TREES: list[tuple[str, Condition]] = [
    ("title = 'a'", A),
    ('\n\t title="a" \r\n', A),
    ('title = "a" and title = "b" and title = "c"', And((A, B, C))),
    ('title = "a" or title = "b" or title = "c"', Or((A, B, C))),
    ('title = "a" and (title = "b" and title = "c")', And((A, B, C))),
    ('(title = "a" or title = "b") or title = "c"', Or((A, B, C))),
    ('title = "a" or title = "b" and title = "c"', Or((A, And((B, C))))),
    ('(title = "a" or title = "b") and title = "c"', And((Or((A, B)), C))),
    ('not title = "a" and title = "b"', And((Not(A), B))),
    ('not (title = "a" and title = "b")', Not(And((A, B)))),
    ("title in ['a', \"b\"]", Comparison("title", "in", ("a", "b"))),
    (r"title = 'it\'s'", Comparison("title", "eq", "it's")),
    (r'title = "\"\'\\\n\r\t"', Comparison("title", "eq", "\"'\\\n\r\t")),
    (r'title like "50\%\_"', Comparison("title", "like", r"50\%\_")),
    (r'title = "100\%"', Comparison("title", "eq", "100%")),
    (r"title contains '\_\%'", Comparison("title", "contains", "_%")),
    (r'title in ["\%", "a\_b"]', Comparison("title", "in", ("%", "a_b"))),
    (r'title = "\\%"', Comparison("title", "eq", r"\%")),
    (r'title LIKE "\\\%"', Comparison("title", "like", r"\\%")),
    ("title = 'say \"a\"'", Comparison("title", "eq", 'say "a"')),
    ('title = "it\'s"', Comparison("title", "eq", "it's")),
    ("vats.ANY ( )", Quantified("vats", "any", None)),
]


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_tree(text: str, tree: Condition) -> None:
    """Every way to write a condition leads to its one tree, whether the fields are known or not."""
    assert parse(text, rule_fields()) == tree
    assert parse(text, None) == tree


PLACES = [
    # the field
    ('«titel» = "a"', 'unknown field "titel"'),
    ("«titel»", 'unknown field "titel"'),
    ('«titel» containz "a"', 'unknown field "titel"'),
    ("«vats» = 20", "vats is a list"),
    ("not «5» = sum_gross", 'expected a field, not or (, found "5"'),
    ('«=» "a"', 'expected a field, not or (, found "="'),
    # the operator
    ("title «is» empty", 'unknown operator "is"'),
    ('title «containz» "a"', 'unknown operator "containz"'),
    (f'title «{"x" * 40}» "a"', f'unknown operator "{"x" * 40}"'),
    (f'title «{"x" * 41}» "a"', f'unknown operator "{"x" * 40}…"'),
    ('sum_gross > 1 and title «>» "a"', "title is of type string and does not take gt"),
    ("title «not» null", 'unknown operator "not"'),
    ("title «5»", 'expected an operator such as =, contains or is null after title, found "5"'),
    ('title «"»a"', "expected an operator such as =, contains or is null after title, found a quotation mark"),
    ("vats.count() «contains» 2", "count() does not take contains"),
    ("vats.count()«»", "expected an operator such as =, contains or is null after vats.count(), found the end"),
    # the value
    ("sum_gross = «'x'» and title = 'a'", 'expected a number, found "x"'),
    ('sum_gross = «""» and title = "a"', 'expected a number, found ""'),
    ('status = "open" and title = «125.50»', "expected a text in quotes, found 125.50"),
    ("title = «open» and id = 'a'", "expected a text in quotes, found open"),
    ("sum_gross in [1, «true», 2]", "expected a number, found true"),
    ("sum_gross = «»", "expected a value, found the end"),
    ("sum_gross = «(»1)", 'expected a value, found "("'),
    ("sum_gross = «[»1]", 'expected a value, found "["'),
    ("vats.any(vat = «'x'»)", 'expected a number, found "x"'),
    ("vats.count() = «true»", "expected a number, found true"),
    (r'title = "ab«\d»"', r"unknown escape \d"),
    # lists
    ("title in «'»a'", 'expected a list such as ["A", "B"], found a quotation mark'),
    ('title in «"»a"', 'expected a list such as ["A", "B"], found a quotation mark'),
    ('title nin «"»a"', 'expected a list such as ["A", "B"], found a quotation mark'),
    ("title in «'»a", 'expected a list such as ["A", "B"], found a quotation mark'),
    ('title in ["a" «"»b"]', "expected , or ], found a quotation mark"),
    ('title in «[»"a"', 'this "[" is never closed'),
    ('title in ["a",«»', "expected a value, found the end"),
    ("title in «[»]", "the list is empty"),
    # texts, parentheses and what stands between conditions
    ('id = "b" and title = «"»a', 'this " is never closed'),
    ("title = «'»a", "this ' is never closed"),
    ('id = "b" and «(»title = "a"', 'this "(" is never closed'),
    ('(title = "a" «xyz»', 'expected and, or or ), found "xyz"'),
    ('title = "a" «xyz»', 'expected and, or or the end of the condition, found "xyz"'),
    ('title = "a" «=>» ', 'expected and, or or the end of the condition, found "=>"'),
    ('title = "a" «;» title', 'expected and, or or the end of the condition, found ";"'),
    ('title isnull «"»a"', "expected and, or or the end of the condition, found a quotation mark"),
    ('title isnotnull «"»a"', "expected and, or or the end of the condition, found a quotation mark"),
    # relations
    ("title = 'a' and «vat».any(vat = 20)", 'unknown list "vat"'),
    ("vats.«some»(vat = 20)", 'unknown function "some"'),
    ("id = 'a' and «any»(vat = 20)", 'unknown function "any"'),
    ("id = 'a' and «vats.all»()", "all() needs a condition"),
    ("vats.any«(»vat = 20", 'this "(" is never closed'),
]


@pytest.mark.parametrize(("marked", "problem"), PLACES)
def test_place(marked: str, problem: str) -> None:
    """The place of a fault is all of what is wrong (here «so») and nothing else, or the end."""
    before, wrong, after = re.split("[«»]", marked)
    with pytest.raises(ConditionError) as raised:
        parse(before + wrong + after, rule_fields())
    error = raised.value
    assert error.problem == problem
    assert (error.offset, error.length) == (len(before), max(1, len(wrong)))


HINTS = [
    ("any(vat = 20)", "a list is asked with e.g. vats.any(vat = 20)"),
    ("vats.cnt() = 1", "did you mean count?"),
    ("sum_gross = (1)", ""),
    ("sum_gross = [1]", "a list belongs after in"),
    ('title = "a" && id = "b"', "did you mean and?"),
    ('title = "a" ^ id = "b"', ""),
]


@pytest.mark.parametrize(("text", "hint"), HINTS)
def test_hint(text: str, hint: str) -> None:
    """A cure is told where one is near, and none where none is."""
    with pytest.raises(ConditionError) as raised:
        parse(text, rule_fields())
    assert raised.value.hint == hint


@pytest.mark.parametrize("word", ["foo", "foo.bar"])
def test_unfinished_condition_about_anything(word: str) -> None:
    """Without a table of fields, a field alone is a condition that lacks its operator."""
    with pytest.raises(ConditionError, match=f"contains or is null after {word}, found the end at 1:{len(word) + 1}"):
        parse(word, None)


@pytest.mark.parametrize(("length", "excerpt"), [(40, "x" * 40), (41, "x" * 40 + "…")])
def test_long_names_are_shortened(length: int, excerpt: str) -> None:
    """Of a name of more than 40 characters the beginning is named."""
    with pytest.raises(ConditionError, match=f"after {excerpt}, found the end"):
        parse("x" * length, None)


def test_nesting_counts_what_is_open() -> None:
    """Parentheses side by side are not nested, however many; the limit stays what it is after them."""
    deepest = "(" * 64 + 'id = "a"' + ")" * 64
    many = " or ".join(["(title = 'a')", "not id = 'a'", "vats.any(vat = 1)"] * 30)
    parse(f"{many} or {deepest}", rule_fields())
    with pytest.raises(ConditionError, match="nested more than 64 deep") as raised:
        parse(f"{many} or ({deepest})", rule_fields())
    assert raised.value.offset == len(many) + 4 + 64


def test_a_relation_is_left_behind() -> None:
    """After a relation's parentheses the fields are those of the invoice again."""
    condition = parse("vats.any(vat = 20) and vats.count(vat = 20) > 1 and sum_gross > 1", rule_fields())
    assert isinstance(condition, And)
    with pytest.raises(ConditionError, match='unknown field "vat"'):
        parse("vats.any(vat = 20) and vat = 20", rule_fields())


@pytest.mark.parametrize("letter", ["a", "ü", "漢", "\ud800"])
def test_length_is_counted_in_bytes(letter: str) -> None:
    """8 KiB of UTF-8 is the longest condition (a lone surrogate, which has none, counts as the `?` in its place)."""
    size = len(letter.encode(errors="replace"))
    letters, rest = divmod(8192 - len('title = ""'), size)
    text = f'title = "{letter * letters}{"x" * rest}"'
    assert len(text.encode(errors="replace")) == 8192
    parse(text, rule_fields())
    with pytest.raises(ConditionError, match="the condition is longer than 8 KiB"):
        parse(f"{text} ", rule_fields())
