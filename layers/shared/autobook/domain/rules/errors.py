"""What is wrong with a rule, where, and what to do about it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from autobook.domain.conditions import SourceError


class RuleError(SourceError):
    """A rule that cannot be used; `str(error)` is a sentence for the admin who wrote it.

    `rule_id` and `attribute` name the attribute of the rule item (`rule_id` is empty where the rule has none), the
    place is one in that attribute's text.
    """

    def __init__(
        self,
        problem: str,
        *,
        hint: str = "",
        attribute: str = "when",
        rule_id: str = "",
        source: str = "",
        offset: int | None = None,
        length: int = 1,
    ) -> None:
        self.attribute = attribute
        self.rule_id = rule_id
        super().__init__(problem, hint=hint, source=source, offset=offset, length=length)

    @classmethod
    def about(cls, error: SourceError, rule_id: str, attribute: str) -> Self:
        """The same error as one of this rule and attribute."""
        return cls(
            error.problem,
            hint=error.hint,
            attribute=attribute,
            rule_id=rule_id,
            source=error.source,
            offset=error.offset,
            length=error.length,
        )

    def render(self) -> str:
        """The whole report for a terminal: rule and attribute, sentence, and the place with its caret."""
        where = ", ".join(part for part in (self.rule_id, self.attribute) if part)
        text = f"{where}: {self.message}" if where else self.message
        return "\n    ".join([text, *self.caret().splitlines()])


def described(value: Any) -> str:
    """A value as an error names it."""
    if isinstance(value, str):
        return f'"{value[:40]}"'
    names = {
        bool: "true or false", int: "a number", Decimal: "a number", float: "a number", list: "a list",
        dict: "an object", date: "a date", datetime: "a date-time",
    }  # fmt: skip
    return names.get(type(value), "something else")
