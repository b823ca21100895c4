"""Reading a condition in whichever form it comes."""

from autobook.domain.rules.errors import RuleError
from autobook.domain.rules.fields import FieldTable
from autobook.domain.rules.json_form import parse_json, parse_json_text
from autobook.domain.rules.parser import parse_text
from autobook.domain.rules.syntax import Condition

_BOM = "\ufeff"
"""What some editors put, unseen, before a text."""


def parse(source: object, table: FieldTable | None = None) -> Condition:
    """The condition in the string form, the JSON form as text, or decoded JSON (a list or a dict).

    With a field table every field, operator and value is checked against it; without one (conditions about
    something else than a rule's invoice) the names are taken as they are. RuleError if it cannot be used.
    """
    if isinstance(source, str):
        source = source.removeprefix(_BOM)
        if source.lstrip()[:1] in ("[", "{"):
            return parse_json_text(source, table)
        return parse_text(source, table)
    if isinstance(source, list | tuple | dict):
        return parse_json(source, table)
    raise RuleError("expected a condition as text, or as a list of conditions")
