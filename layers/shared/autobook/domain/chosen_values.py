"""What the choice of a rule comes to on one invoice: placeholders filled, codes resolved."""

from collections.abc import Mapping, Sequence
from datetime import date, tzinfo

from autobook.domain.action_fields import ACCOUNT, BY_NAME, ActionField, FieldKind, FieldValues
from autobook.domain.code_resolution import LITERAL, CodeContext, UnresolvedCode
from autobook.domain.codes import Candidate, Code
from autobook.domain.conditions import local_date
from autobook.domain.kanbert import Booking, IncomingInvoice, is_mark
from autobook.domain.provenance import FieldValue
from autobook.domain.rules import Choice, Conflict, fill


class ChosenValues:
    """The values that rules choose for an invoice and its lines. An account is asked for before its line's position.

    `candidates` are what Kanbert has by each code.
    """

    def __init__(self, values: FieldValues, candidates: Mapping[Code, Sequence[Candidate]], timezone: tzinfo) -> None:
        self._values = values
        self._candidates = candidates
        self._timezone = timezone
        self._day = _day_of(values.invoice, timezone)
        self._accounts: dict[str | None, str] = {}
        """The account of each line that gets another than it has."""
        self._unresolved: dict[UnresolvedCode, None] = {}

    @property
    def unresolved(self) -> tuple[UnresolvedCode, ...]:
        """The codes that were asked for and stand for nothing that can be written."""
        return tuple(self._unresolved)

    def value(self, choice: Choice, booking_id: str | None, *, tentative: bool = False) -> FieldValue | UnresolvedCode:
        """What is to be written. Unless it is `tentative`, a line's account counts for its position from here on."""
        value = choice.value
        if not isinstance(value, str):
            return tuple(value)
        field = BY_NAME[choice.field]
        if field.kind is FieldKind.TEXT:
            line = self._values.booking(booking_id) if booking_id is not None else None
            return self._filled(value, line, field)
        if field.kind is not FieldKind.REFERENCE:
            return value
        code = code_of(choice)
        account = self._accounts.get(booking_id, self._values.present(booking_id, ACCOUNT.name)) or ""
        context = CodeContext(self._day, self._timezone, str(account))
        found = context.resolve(code, self._candidates.get(code, ())) if code else value.removeprefix(LITERAL)
        if isinstance(found, UnresolvedCode):
            self._unresolved[found] = None
        elif field is ACCOUNT and not tentative:
            self._accounts[booking_id] = found
        return found

    def agreed(self, conflict: Conflict, booking_id: str | None) -> Choice | None:
        """The choice of rules that say the same in other words: `P-42`, `p-42` and `id:…`; None where they do not."""
        if BY_NAME[conflict.field].kind is not FieldKind.REFERENCE:
            return None
        values = {self.value(choice, booking_id, tentative=True) for choice in conflict.choices}
        agree = len(values) == 1 and not isinstance(next(iter(values)), UnresolvedCode)
        return max(conflict.choices, key=lambda choice: choice.overwrite) if agree else None

    def stands(self, choice: Choice, booking_id: str | None, value: FieldValue) -> bool:
        """True if the value is there already; an object that Kanbert shows without its id is known by its code."""
        present = self._values.present(booking_id, choice.field)
        if (
            not isinstance(present, str)
            or BY_NAME[choice.field].kind is not FieldKind.REFERENCE
            or not is_mark(present)
        ):
            return self._values.holds(booking_id, choice.field, value)
        code = code_of(choice)
        names = [each for each in self._candidates.get(code, ()) if each.id == value] if code else []
        return any(present.partition(":")[2] in (each.code, each.title) for each in names)

    def announced(self, choice: Choice, booking_id: str | None = None) -> FieldValue:
        """A value as events have it: a code that cannot be resolved stays as the rule gives it."""
        value = self.value(choice, booking_id)
        return value.code if isinstance(value, UnresolvedCode) else value

    def _filled(self, template: str, line: Booking | None, field: ActionField) -> str:
        return fill(template, self._values.invoice, line, timezone=self._timezone, max_length=field.max_length).strip()


def code_of(choice: Choice) -> Code | None:
    """The code that has to be looked up for this choice; None where there is none."""
    is_reference = BY_NAME[choice.field].kind is FieldKind.REFERENCE
    if not is_reference or not isinstance(choice.value, str) or choice.value.startswith(LITERAL):
        return None
    return choice.field, choice.value


def _day_of(invoice: IncomingInvoice, timezone: tzinfo) -> date | None:
    """The day by which accounts are current: the invoice's, or that on which it came."""
    at = invoice.date_of_invoice or invoice.created_at
    return local_date(at, timezone) if at is not None else None
