"""The language as people write it: every kind of field with every form that is not ours, and the cure for each.

Forms that have one meaning are read (case, blanks, characters that look like others in a text). The others are
refused with the corrected text, at their place.
"""

import json
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autobook.domain.conditions import (
    Comparison,
    Condition,
    ConditionError,
    Facts,
    fold,
    parse,
    plain,
    remarks,
    truth,
    visible,
)
from autobook.domain.conditions.printing import to_json, to_text
from autobook.domain.rules import Rule, RuleError, RuleSet, rule_fields, rule_getters
from tests.autobook.domain.rules.invoices import NOW, VIENNA, an_invoice


@dataclass(frozen=True)
class Subject:
    """Something that a condition asks, in both forms."""

    kind: str
    text: str
    """With `{}` for operator and value."""
    op: str
    document: dict[str, Any]
    """The JSON form, without operator and value."""
    within: bool = False
    """The JSON form stands in `vats.any(…)`."""

    def json_form(self, op: str, value: Any) -> Any:
        leaf = {**self.document, "op": op, "value": value}
        return {"field": "vats", "op": "any", "value": leaf} if self.within else leaf


SUBJECTS: Final = [
    Subject("currency", "sum_gross {}", ">", {"field": "sum_gross"}),
    Subject("currency", 'booking.value {} or title = "x"', "=", {"field": "booking.value"}),
    Subject("currency", "vats.any(value {})", ">", {"field": "value"}, within=True),
    Subject("number", "vats.any(vat {} and value > 0)", "=", {"field": "vat"}, within=True),
    Subject("count", "vats.count() {}", ">", {"field": "vats.count()"}),
    Subject("date", "date_of_invoice {}", ">", {"field": "date_of_invoice"}),
    Subject("datetime", "(created_at {})", ">", {"field": "created_at"}),
    Subject("string", "title {} and sum_gross > 1", "=", {"field": "title"}),
    Subject("id", "supplier.id {}", "=", {"field": "supplier.id"}),
    Subject("enum", "status {}", "=", {"field": "status"}),
    Subject("boolean", "booking.outgoing_invoice.is_credit {}", "=", {"field": "booking.outgoing_invoice.is_credit"}),
]
SOUND: Final = {
    "currency": "120", "number": "20", "count": "1", "date": '"2026-01-31"', "datetime": "today", "string": '"a"',
    "id": '"a"', "enum": '"open"', "boolean": "true",
}  # fmt: skip
"""A value for each kind."""

NUMBERS: Final = {
    "5.000": "5000 or 5.00?", "-5.000": "-5000 or -5.00?", "1.125": "1125 or 1.1250?", "5,000": "5000 or 5.00?",
    "5,5": "write 5.5", "99,90": "write 99.90", "-0,5": "write -0.5", ",5": "write 0.5", "5.": "write 5",
    "1.234,56": "write 1234.56", "1,234.56": "write 1234.56", "1.234.567": "write 1234567", "1 000": "write 1000",
    "1'000": "write 1000", "1\u202f000,50": "write 1000.50", "+5": "write 5", "\u22125": "write -5", "– 5": "write -5",
    "20%": "write 20", "20 %": "write 20", "19,5 %": "write 19.5", "100 €": "write 100", "100€": "write 100",
    "€ 100": "write 100", "EUR 1.000,00": "write 1000.00", "100 EUR": "write 100", "100,-": "write 100",
    "１００": "write 100",
}  # fmt: skip
DATES: Final = {
    "31.01.2026": 'write "2026-01-31"', "31.1.2026": 'write "2026-01-31"', "1.2.26": 'write "2026-02-01"',
    "31/01/2026": 'write "2026-01-31"', "01/02/2026": "2026-02-01 or 2026-01-02?", "2026/01/31": 'write "2026-01-31"',
    "2026.01.31": 'write "2026-01-31"', "31-01-2026": 'write "2026-01-31"',
}  # fmt: skip
OPERATORS: Final = {
    "≥": ">=", "⩾": ">=", "≧": ">=", "≤": "<=", "⩽": "<=", "≦": "<=", "≠": "!=", "＝": "=", "＜": "<", "＞": ">",
    "！＝": "!=", ">＝": ">=", "＜=": "<=",
}  # fmt: skip
QUOTED: Final = ("„{}“", "“{}”", "‚{}‘", "‘{}’", "«{}»", "»{}«", "´{}´", "＂{}＂")
INSIDE: Final = {"\u00a0": " ", "\u2009": " ", "\u3000": " ", "\u2011": "-"}
"""Characters in a text, and what they look like."""
UNSEEN: Final = ("\u200b", "\u00ad", "\ufeff", "\u2060", "\u200d", "\ufe0f")

NUMERIC, TEMPORAL, TEXTUAL = ("currency", "number", "count"), ("date", "datetime"), ("string", "id", "enum")


def of(*kinds: str) -> list[Subject]:
    return [each for each in SUBJECTS if each.kind in kinds]


def error_of(source: Any) -> ConditionError:
    with pytest.raises(ConditionError) as caught:
        parse(source, rule_fields())
    return caught.value


def check_cure(source: str, written: str, hint: str) -> None:
    """The error points at what was written; what the hint says in its place is a condition."""
    error = error_of(source)
    assert error.hint == hint
    assert error.offset is not None
    assert error.source[error.offset : error.offset + error.length].strip('"') == written
    for cured in hint.removeprefix("write ").removesuffix("?").removesuffix(" without quotes").split(" or "):
        before, after = error.source[: error.offset], error.source[error.offset + error.length :]
        parse(before + (cured if cured[0] != "2" or "-" not in cured[1:] else f'"{cured}"') + after, rule_fields())


def refused() -> Iterator[Any]:
    """Every kind that takes numbers or dates with every form that is not ours."""
    for kinds, forms in ((NUMERIC, NUMBERS), (TEMPORAL, DATES)):
        for subject in of(*kinds):
            for written, hint in forms.items():
                yield pytest.param(subject, written, hint, id=f"{subject.text}-{written}")


@pytest.mark.parametrize(("subject", "written", "hint"), [*refused()])
def test_forms_that_are_refused(subject: Subject, written: str, hint: str) -> None:
    """As text and in a list, bare and in quotes, as JSON text and decoded: each with its place and its cure."""
    check_cure(subject.text.format(f"{subject.op} {written}"), written, hint)
    if "," not in written:
        check_cure(subject.text.format(f"in [{SOUND[subject.kind]}, {written}]"), written, hint)
    quoted = f"{hint} without quotes" if hint.startswith("write") and subject.kind in NUMERIC else hint
    for value in (written, f" {written} "):
        document = subject.json_form("eq", value)
        for source in (document, json.dumps(document, ensure_ascii=False), subject.json_form("in", [value])):
            assert error_of(source).hint == quoted
    check_cure(json.dumps(subject.json_form("eq", written), ensure_ascii=False), written, quoted)


@pytest.mark.parametrize("subject", of(*NUMERIC), ids=lambda each: each.text)
@pytest.mark.parametrize("word", ["1e5", "5x", "10:30", "1.2.3", "5,5,5", "12,5.000", "5or", "0x10"])
def test_words_that_are_no_numbers(subject: Subject, word: str) -> None:
    """They are refused as a whole, without a guess at what their first digits may mean."""
    error = error_of(subject.text.format(f"{subject.op} {word} and {subject.text.format(subject.op + ' 1')}"))
    assert (error.problem, error.hint) == (f"expected a number, found {word}", "")


@pytest.mark.parametrize("subject", of(*NUMERIC), ids=lambda each: each.text)
def test_units_in_lists(subject: Subject) -> None:
    """The first that is not ours is answered, with or without blanks after the commas."""
    for inner, written in (("5 €, 7 €", "5 €"), ("5€,7€", "5€"), ("5, 7 %", "7 %"), ("5,7%", "7%")):
        error = error_of(subject.text.format(f"in [{inner}]"))
        assert (error.hint, error.source[error.offset or 0 :][: error.length]) == (f"write {written[0]}", written)


@pytest.mark.parametrize("subject", of(*NUMERIC), ids=lambda each: each.text)
def test_numbers_with_three_decimals_in_json(subject: Subject) -> None:
    """A number that JSON or a table holds with three decimals is as ambiguous as in the text."""
    document = json.dumps(subject.json_form("eq", 0)).replace(": 0}", ": 5.000}")
    check_cure(document, "5.000", "5000 or 5.00?")
    assert parse(subject.text.format(f"{subject.op} 0.125"), rule_fields())
    assert parse(subject.text.format(f"{subject.op} 1.1250"), rule_fields())


@pytest.mark.parametrize("subject", of(*NUMERIC), ids=lambda each: each.text)
@pytest.mark.parametrize(
    ("inner", "written", "hint"),
    [
        ("5,5, 7", "5,5", "[5.5, 7] or [5, 5, 7]?"),
        ("7, 5,5", "5,5", "[7, 5.5] or [7, 5, 5]?"),
        ("5,5", "5,5", "[5.5] or [5, 5]?"),
        ("99,90,49,90", "99,90,49,90", "[99.90, 49.90] or [99, 90, 49, 90]?"),
        ("1.234,56", "1.234,56", "write [1234.56]"),
        ("-5,5 , 7", "-5,5", "[-5.5, 7] or [-5, 5, 7]?"),
        ("1,2,3, 4", "1,2,3", "write [1, 2, 3, 4]"),
    ],
)
def test_commas_in_lists(subject: Subject, inner: str, written: str, hint: str) -> None:
    """A comma that may stand before decimals or between numbers is asked about, in brackets and in parentheses."""
    for before, after in ("[]", "()"):
        error = error_of(subject.text.format(f"in {before}{inner}{after}"))
        assert (error.hint, error.source[error.offset or 0 :][: error.length]) == (hint, written)
    for cured in hint.removeprefix("write ").removesuffix("?").split(" or "):
        parse(subject.text.format(f"in {cured}"), rule_fields())


@pytest.mark.parametrize("subject", of(*NUMERIC), ids=lambda each: each.text)
def test_commas_that_are_clear(subject: Subject) -> None:
    """Blanks after all commas, or numbers that make no amounts: a list. JSON is written without blanks by programs."""
    for inner in ("5, 5, 7", "1,2,3", "1000,2000", "1,2,3,4", "5 ,7", "5.5, 7"):
        assert parse(subject.text.format(f"in [{inner}]"), rule_fields())
    document = json.dumps(subject.json_form("in", [5, 5]), separators=(",", ":"))
    assert parse(document, rule_fields()) == parse(subject.json_form("in", [5, 5]), rule_fields())
    assert error_of(document.replace("[5,5]", "[5,5, 7]")).hint == "[5.5, 7] or [5, 5, 7]?"


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda each: each.text)
def test_operators_of_word_processors(subject: Subject) -> None:
    """Signs that look like an operator are answered with it, in both forms, whatever the kind of the field."""
    value = SOUND[subject.kind]
    for written, operator in OPERATORS.items():
        for source in (subject.text.format(f"{written} {value}"), subject.text.format(f"{written}{value}")):
            error = error_of(source)
            assert (error.hint, error.source[error.offset or 0 :][: error.length]) == (f"write {operator}", written)
        assert error_of(subject.json_form(written, 1)).hint == f"write {operator}"


@pytest.mark.parametrize("subject", of(*TEXTUAL, *TEMPORAL), ids=lambda each: each.text)
def test_typographic_quotes(subject: Subject) -> None:
    """A text in other quotation marks is shown in plain ones; so is the JSON form."""
    text = SOUND[subject.kind].strip('"')
    for marks in QUOTED:
        for before, after in (subject.op + " ", ""), ("in [", "]"):
            error = error_of(subject.text.format(before + marks.format(text) + after))
            assert (error.hint, error.source[error.offset or 0]) == (f'write "{text}"', marks[0])
        assert error_of(f"[{{{marks.format('field')}: 1}}]").hint == 'write "field"'
    assert error_of(subject.text.format(f'{subject.op} "{text}”')).hint == f'write "{text}"'


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda each: each.text)
def test_look_alikes_outside_quotes(subject: Subject) -> None:
    """What cannot be seen between the words of a condition is named with its place; an unusual blank is a blank."""
    sound = subject.text.format(f"{subject.op} {SOUND[subject.kind]}")
    for unseen in UNSEEN[:-1]:
        for at in (1, sound.index(" "), sound.index(" ") + 1):
            error = error_of(sound[:at] + unseen + sound[at:])
            assert (error.problem[:6], error.hint, error.offset) == (f"U+{ord(unseen):04X}", "delete it", at)
    for blank in ("\u00a0", "\u2009", "\u3000"):
        assert parse(sound.replace(" ", blank), rule_fields()) == parse(sound, rule_fields())


@pytest.mark.parametrize("subject", of(*TEMPORAL), ids=lambda each: each.text)
def test_dates_in_quotes(subject: Subject) -> None:
    """Blanks around a date, and characters that look like others, do no harm; a minus of another kind is answered."""
    for plainly, typed in (
        ("2026-01-31", " 2026-01-31\u00a0"),
        ("2026-01-31", "２０２６-01\u201131"),
        ("today", " Today "),
    ):
        expected = parse(subject.text.format(f'{subject.op} "{plainly}"'), rule_fields())
        assert parse(subject.text.format(f'{subject.op} "{typed}"'), rule_fields()) == expected
        assert parse(subject.json_form("eq", typed), rule_fields()) == parse(
            subject.json_form("eq", plainly), rule_fields()
        )
    for typed in ("today − 5d", "today–5d", "today - 5d"):
        assert error_of(subject.text.format(f"{subject.op} {typed}")).hint == "write e.g. today-5d, without spaces"


def test_flags_in_quotes() -> None:
    """A condition takes true and false without quotes, in any case."""
    for typed in ('"TRUE"', '" true\u00a0"', "'True'"):
        assert error_of(f"booking.outgoing_invoice.is_credit = {typed}").hint == "write true without quotes"
    assert parse("booking.outgoing_invoice.is_credit = TRUE", rule_fields())


# --- texts -------------------------------------------------------------------------------------------------------


def disguised(text: str) -> Iterator[str]:
    """The text as it may be typed or pasted."""
    for char, seen in INSIDE.items():
        if seen in text:
            yield text.replace(seen, char)
    for unseen in UNSEEN:
        yield f"{text[:2]}{unseen}{text[2:]}"
        yield f"{unseen}{text}{unseen}"
    yield unicodedata.normalize("NFD", text)
    yield "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


NAME: Final = "Müller-Bau Co"
TEXTS: Final = {
    "title": {"title": NAME},
    "supplier.name": {"supplier": {"id": "s", "name": NAME}},
    "supplier.id": {"supplier": {"id": NAME, "name": "x"}},
    "booking.title": {
        "bookings": [{"id": "b", "type": "account", "title": NAME, "created_at": "2026-01-01T00:00:00Z"}]
    },
}
"""Fields of text, and an invoice whose value there is `NAME`."""
TESTS: Final = {
    "=": NAME, "in": NAME, "contains": "ller-Bau c", "startswith": "müller-", "endswith": "AU CO",
    "like": "m_ller-bau%",
}  # fmt: skip


def replaced(value: Any, text: str) -> Any:
    """The value with `NAME` in another form."""
    if isinstance(value, dict):
        return {key: replaced(each, text) for key, each in value.items()}
    return [replaced(each, text) for each in value] if isinstance(value, list) else text if value == NAME else value


@pytest.mark.parametrize("path", TEXTS)
def test_texts_are_compared_as_they_look(path: str) -> None:
    """In the rule or in the invoice, by every operator, in both forms, evaluated and compiled, alone and indexed."""
    operators = [op for op in TESTS if op in ("=", "in") or path != "supplier.id"]
    items, conditions = list[dict[str, Any]](), list[Condition]()
    for op in operators:
        for typed in (TESTS[op], *disguised(TESTS[op])):
            value = [typed, "x"] if op == "in" else typed
            document = {"field": path, "op": op, "value": value}
            text = f"{path} {op} {json.dumps(value, ensure_ascii=False)}"
            conditions.append(parse(text, rule_fields()))
            assert parse(document, rule_fields()) == parse(json.dumps(document), rule_fields()) == conditions[-1]
            assert parse(to_text(conditions[-1]), rule_fields()) == conditions[-1]
            items += [{"rule_id": f"r{len(items)}", "when": text, "tags": f"t{len(items)}", "priority": len(items)}]
    rules = RuleSet.load(items, timezone=VIENNA)
    small = [RuleSet.load([item], timezone=VIENNA) for item in items]
    assert not rules.errors
    assert len(items) > 14 * len(operators) - 20
    for typed in (NAME, *disguised(NAME)):
        invoice = an_invoice(**replaced(TEXTS[path], typed))
        line = (invoice.bookings or (None,))[0]
        for condition in conditions:
            facts = Facts(rule_getters(), invoice, line, VIENNA, NOW)
            assert truth(condition, facts, rule_fields()) is True, (condition, visible(typed))
        fired = [len(each.match(invoice, now=NOW).invoice) for each in (rules, *small)]
        assert fired == [1] * (1 + len(items)), visible(typed)


def test_texts_that_differ_still_differ() -> None:
    """What does not look alike is not alike: case counts for `=`, blanks and accents do everywhere."""
    for other in (
        "müller-bau co",
        "Muller-Bau Co",
        "Müller-Bau  Co",
        "MüllerBau Co",
        "Müller–Bau Co",
        "Müller-Bau Co.",
    ):
        invoice = an_invoice(title=other)
        facts = Facts(rule_getters(), invoice, None, VIENNA, NOW)
        assert truth(parse(f'title = "{NAME}"', rule_fields()), facts, rule_fields()) is False


@pytest.mark.parametrize("text", UNSEEN)
def test_a_text_of_unseen_characters(text: str) -> None:
    """Would be compared as nothing, and contained in everything: it is refused."""
    for path in ("title", "supplier.id", "status"):
        assert error_of(f'{path} = "{text}"').problem == f'"[U+{ord(text):04X}]" cannot be seen'
    assert error_of({"field": "title", "op": "contains", "value": text}).hint


ENUMS: Final = [
    (path, value)
    for path, field in rule_fields().fields.items()
    if field.kind.name == "enum"
    for value in field.kind.values
]


@pytest.mark.parametrize(("path", "value"), ENUMS)
def test_enums_in_any_case(path: str, value: str) -> None:
    """In upper or lower case, with blanks of any kind around."""
    expected = Comparison(path, "eq", value)
    for typed in (value, value.upper(), value.lower(), f" {value}\t", f"\u00a0{value.title()}\u200b"):
        assert parse(f'{path} = "{typed}"', rule_fields()) == expected
        assert parse({"field": path, "op": "eq", "value": typed}, rule_fields()) == expected
    assert error_of(f'{path} = "{value}x"').hint == f"did you mean {value}?"


# --- the characters ----------------------------------------------------------------------------------------------

_VISIBLE_FORMATS: Final = {
    *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440),
}  # fmt: skip
"""Format characters that can be seen: Arabic number signs and the like."""


def test_characters_are_those_of_unicode() -> None:
    """Every blank is a blank, every format character nothing, every wide and narrow form its letter; all else stays."""
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        category, decomposition = unicodedata.category(char), unicodedata.decomposition(char)
        if category == "Zs":
            assert plain(char) == " "
        elif category == "Cf" and code not in _VISIBLE_FORMATS:
            assert plain(char) == ""
        elif decomposition.startswith(("<wide>", "<narrow>")) and code != 0xFFA0:
            assert plain(char) == unicodedata.normalize("NFKC", char)
        elif category[0] in "LNPS" and code not in (0x115F, 0x1160, 0x3164, 0xFFA0, 0x2010, 0x2011):
            assert plain(char) == unicodedata.normalize("NFC", char)


@given(st.text())
def test_plain_texts(text: str) -> None:
    """A plain text is plain, and there is a remark about every other, which `visible` shows."""
    seen = plain(text)
    assert plain(seen) == seen
    assert fold(text) == fold(seen)
    assert bool(list(remarks(text))) is (seen != text)
    assert (visible(text) != text) <= (seen != text)


def test_json_of_what_was_typed() -> None:
    """What is printed has the plain text."""
    condition = parse('vats.any(vat = 20) and title = "a\u00a0b"', rule_fields())
    assert to_json(condition)["and"][1]["value"] == "a b"


# --- a rule's other attributes -----------------------------------------------------------------------------------

READ: Final[dict[str, dict[Any, Any]]] = {
    "mode": {" Apply ": "apply", "SUGGEST": "suggest", "\u00a0off": "off", "o\u200bff\t": "off"},
    "status": {" READY_FOR_ACCOUNTING": "ready_for_accounting", "Ready_For_Accounting\u00a0": "ready_for_accounting"},
    "booking_type": {"Account": "account", " ACCOUNT_STAFF ": "account_staff"},
    "priority": {" 50 ": 50, "５０": 50, "\ufeff7": 7, "1.50": Decimal("1.5"), Decimal("0.125"): Decimal("0.125")},
    "overwrite": {" TRUE ": True, "False\u00a0": False},
    "valid_from": {" 2026-01-31\u00a0": date(2026, 1, 31), "２０２６-01-31": date(2026, 1, 31)},
    "account": {" 7380 ": "7380", "7380\u200b": "7380"},
}
REFUSED: Final[dict[str, dict[Any, str]]] = {
    "priority": NUMBERS | {Decimal("5.000"): "5000 or 5.00?"},
    "valid_until": {written: hint.replace('"', "") for written, hint in DATES.items()},
    "mode": {"Aply": "did you mean apply?"},
    "status": {"ready for accounting": "did you mean ready_for_accounting?"},
    "overwrite": {"WAHR": "write true", " ja": "write true", 1: "write true", "Falsch ": "write false", "maybe": ""},
}


@pytest.mark.parametrize(
    ("attribute", "typed", "read"), [(name, *each) for name, forms in READ.items() for each in forms.items()]
)
def test_attributes_that_are_read(attribute: str, typed: Any, read: Any) -> None:
    """Case, blanks and characters that look like others do no harm."""
    rule = Rule.from_item({"rule_id": "r", "when": "sum_gross > 0", attribute: typed})
    assert rule.sets.get(attribute, getattr(rule, attribute, None)) == read


@pytest.mark.parametrize(
    ("attribute", "typed", "hint"),
    [
        (name, *each)
        for name, forms in REFUSED.items()
        for each in forms.items()
        if each[0] not in ("+5", "5.", "１００")  # a priority may be written so
    ],
)
def test_attributes_that_are_refused(attribute: str, typed: Any, hint: str) -> None:
    """An amount or a date in another form is answered with ours, as in a condition."""
    with pytest.raises(RuleError) as caught:
        Rule.from_item({"rule_id": "r", "when": "sum_gross > 0", attribute: typed})
    assert (caught.value.attribute, caught.value.hint) == (attribute, hint)
