"""Codes as people type them into a rule."""

from decimal import Decimal
from typing import Any

import pytest

from autobook.domain.action_fields import ACTION_FIELDS, FieldKind
from autobook.domain.rules import Rule, RuleError

REFERENCES = [row.name for row in ACTION_FIELDS if row.kind is FieldKind.REFERENCE]


def read(field: str, value: Any) -> Any:
    return Rule.from_item({"rule_id": "r", "when": "sum_gross > 0", field: value}).sets.get(field)


@pytest.mark.parametrize("field", REFERENCES)
@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("7380", "7380"),
        (" 7380 ", "7380"),
        ("\u00a07380\t", "7380"),
        (7380, "7380"),
        (Decimal(7380), "7380"),
        (Decimal("7380.0"), "7380"),
        ("0650", "0650"),
        ("P-42", "P-42"),
        ("4400.10", "4400.10"),
        ("1E5", "1E5"),
        ("id:acc-1", "id:acc-1"),
        ("id: acc-1", "id:acc-1"),
        (" ID :acc-1 ", "id:acc-1"),
        ("ideas", "ideas"),
        ("O'Neill", "O'Neill"),
    ],
)
def test_read(field: str, value: Any, code: str) -> None:
    """Blanks around it count for nothing; a number is its digits."""
    assert read(field, value) == code


@pytest.mark.parametrize("field", REFERENCES)
@pytest.mark.parametrize(
    ("value", "cure"),
    [
        ("7380.0", "write 7380"),
        (" 7380.00", "write 7380"),
        ("7380,0", "write 7380"),
        ('="0650"', "write 0650"),
        ('= "0650"', "write 0650"),
        ("'0650", "write 0650"),
        ("'0650'", "write 0650"),
        ('"7380"', "write 7380"),
        ("„7380“", "write 7380"),
        ("‘7380’", "write 7380"),
        ("7.38E+08", "formatted as text"),
        (Decimal("7380.5"), "expected a text"),
        (7380.0, "expected a text"),
        (True, "expected a text"),
        ({"id": "a"}, "expected a text"),
    ],
)
def test_refused(field: str, value: Any, cure: str) -> None:
    """What a spreadsheet makes of a code is refused with the cure, and the error names the attribute."""
    with pytest.raises(RuleError) as refused:
        read(field, value)
    assert refused.value.attribute == field
    message = str(refused.value)
    assert message.endswith(cure) or message.startswith(cure)


@pytest.mark.parametrize("value", [" ", "id:", "id: "])
def test_empty(value: str) -> None:
    """Blanks are no code."""
    with pytest.raises(RuleError):
        read("account", value)
