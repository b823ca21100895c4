"""The rules that the local system starts with."""

from pathlib import Path

import pytest

from autobook.domain.rules import Rule
from autobook_local.demo.files import NothingToShow
from autobook_local.demo.rule_list import RULES, held_at_suggest, rules_of
from autobook_local.system import read_rules

YAML = """
- {rule_id: hosting, when: supplier.name contains "Host", account: 0650}
- {rule_id: later, when: sum_gross > 5, account: "7380", mode: APPLY}
- {rule_id: never, when: sum_gross > 9, account: "7380", mode: Off}
"""


def test_a_persons_own(tmp_path: Path) -> None:
    """A YAML file is read as `autobook rules` reads it: codes as they are written."""
    file = tmp_path / "my-rules.yaml"
    file.write_text(YAML)
    assert [each["account"] for each in rules_of(file)] == ["0650", "7380", "7380"]
    assert rules_of(None) == read_rules(RULES)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("- {rule_id: a, when: 'suplier.name = 1', account: '1'}", "suplier"),
        ("- {rule_id: a, account: '1'}\n- {rule_id: a, account: '1'}", "used twice"),
        ("- {", "my-rules.yaml"),
    ],
)
def test_a_broken_file(tmp_path: Path, content: str, problem: str) -> None:
    """It is named with the place, before anything is started."""
    file = tmp_path / "my-rules.yaml"
    file.write_text(content)
    with pytest.raises(NothingToShow, match=problem):
        rules_of(file)
    with pytest.raises(NothingToShow, match="nowhere"):
        rules_of(tmp_path / "nowhere.yaml")


def test_held_at_suggest(tmp_path: Path) -> None:
    """No rule writes any more, whatever it said; one that is off stays off; nothing else is changed."""
    file = tmp_path / "my-rules.yaml"
    file.write_text(YAML)
    rules = rules_of(file)
    held = held_at_suggest(rules)
    assert [Rule.from_item(each).mode for each in held] == ["suggest", "suggest", "off"]
    assert [{**each, "mode": None} for each in held] == [{**each, "mode": None} for each in rules]
