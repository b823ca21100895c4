"""All rules, ready to match invoices: loaded once, changed one at a time, matched without a scan."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Self
from zoneinfo import ZoneInfo

from autobook.domain.canonical import sha256
from autobook.domain.conditions import local_date
from autobook.domain.kanbert import Booking, IncomingInvoice
from autobook.domain.rules.brake import Brake, is_settings
from autobook.domain.rules.engine import Entry, IndexNode
from autobook.domain.rules.errors import RuleError
from autobook.domain.rules.loaded_rule import LoadedRule, loaded_rule
from autobook.domain.rules.match import NO_MATCH, Effect, Match, Resolution, Suggestions
from autobook.domain.rules.rule import Rule
from autobook.domain.rules.rule_fields import rule_fields

_MOST_CHANGES = 128
"""Changed rules kept beside the index before it is rebuilt."""
_MOST_RESOLUTIONS = 4096
"""Combinations of rules whose resolution is remembered: the same suppliers' invoices meet the same rules."""
_in_order = attrgetter("order")


class _Indexed:
    """The rules about the invoice as a whole, and those that look at the current line."""

    __slots__ = ("booking", "invoice")

    def __init__(self, loaded: Iterable[LoadedRule], zone: ZoneInfo) -> None:
        of_invoice: list[Entry[Effect]] = []
        of_booking: list[Entry[Effect]] = []
        for each in loaded:
            if each.rule.mode != "off":
                (of_booking if each.per_booking else of_invoice).append(each.entry)
        # At the topmost place every rule has something left to be tested or looked up.
        self.invoice = IndexNode(of_invoice, rule_fields(), zone).steps
        self.booking = IndexNode(of_booking, rule_fields(), zone).steps


class RuleSet:
    """Sound rules, indexed, and the errors of the others. Immutable: a change gives another set.

    `brake`: whether what they decide is only suggested; rules and their modes are shown as they are written.
    """

    __slots__ = (
        "_changes",
        "_changes_index",
        "_errors",
        "_held",
        "_index",
        "_indexed",
        "_resolution",
        "_rules",
        "_settings",
        "_superseded",
        "_version",
        "brake",
        "timezone",
    )

    def __init__(self, timezone: ZoneInfo, *, held: bool = False) -> None:
        """An empty set; dates are those of this time zone. `held`: the brake is on, whatever the items say."""
        self.timezone = timezone
        self._held = held
        self._settings: dict[object, Mapping[str, Any]] = {}
        self.brake = Brake.of((), held=held)
        self._rules: dict[object, LoadedRule] = {}
        self._errors: dict[object, RuleError] = {}
        self._index = _Indexed((), timezone)
        self._indexed: dict[object, LoadedRule] = {}
        self._changes: dict[object, LoadedRule] = {}
        self._changes_index = self._index
        self._superseded: frozenset[Effect] = frozenset()
        self._resolution = _memoized(self._superseded, held=self.brake.is_on)
        self._version = ""

    @classmethod
    def load(cls, items: Iterable[Mapping[str, Any]], *, timezone: ZoneInfo, held: bool = False) -> Self:
        """The set of these table items. A broken one is skipped and listed; it never stops the others.

        Of two items with one `rule_id` the later stands (a table cannot hold two). `held`: the brake is on, whatever
        the item `_settings` says.
        """
        rules = cls(timezone, held=held)
        for item in items:
            rules._take(item)
        rules._index = _Indexed(rules._rules.values(), timezone)
        rules._indexed = dict(rules._rules)
        return rules

    @classmethod
    def of(cls, rules: Iterable[Rule], *, timezone: ZoneInfo) -> Self:
        """The set of these rules, which were read before. No brake holds them."""
        made = cls(timezone)
        made._rules = {rule.rule_id: LoadedRule(rule, rule.deciding()) for rule in rules}
        made._index = _Indexed(made._rules.values(), timezone)
        made._indexed = dict(made._rules)
        return made

    def _take(self, item: Mapping[str, Any]) -> tuple[object, LoadedRule | None]:
        """Put the item's rule, or its error, in the place of what has its name (an error without one is its own).

        The item that holds the brake is neither.
        """
        if is_settings(item):
            key = item["rule_id"]
            self._settings[key] = item
            self._errors.pop(key, None)
            self._rules.pop(key, None)
            self._apply_brake()
            return key, None
        try:
            loaded = loaded_rule(item)
        except RuleError as error:
            key = error.rule_id or error
            self._release(key)
            self._errors[key] = error
            self._rules.pop(key, None)
            return key, None
        self._release(loaded.rule.rule_id)
        self._rules[loaded.rule.rule_id] = loaded
        self._errors.pop(loaded.rule.rule_id, None)
        return loaded.rule.rule_id, loaded

    def _release(self, key: object) -> None:
        """The item of that name holds the brake no longer, if it did."""
        if self._settings.pop(key, None) is not None:
            self._apply_brake()

    def _apply_brake(self) -> None:
        self.brake = Brake.of(self._settings.values(), held=self._held)
        self._resolution = _memoized(self._superseded, held=self.brake.is_on)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The sound rules, those switched off included, in the order in which they are decided."""
        return tuple(each.rule for each in sorted(self._rules.values(), key=lambda each: each.effect.order))

    @property
    def errors(self) -> tuple[RuleError, ...]:
        """One error for every rule that was skipped, and what is wrong with the item `_settings`."""
        return (*self._errors.values(), *self.brake.errors)

    def version(self, now: datetime) -> str:
        """A digest of everything in the sound rules that decides, and of the day where a rule depends on it.

        The same for rules in another order. Another one while the brake is on.
        """
        deciding = [each for each in self._rules.values() if each.rule.mode != "off"]
        if not self._version:
            brake = " held" if self.brake.is_on else ""
            self._version = sha256(f"{''.join(sorted(each.digest for each in deciding))}{brake}".encode())
        if not any(each.by_the_day for each in deciding):
            return self._version
        return sha256(f"{self._version} {local_date(now, self.timezone).isoformat()}".encode())

    def __len__(self) -> int:
        return len(self._rules)

    def __getitem__(self, rule_id: str) -> Rule:
        """The sound rule of that name. KeyError if there is none."""
        return self._rules[rule_id].rule

    def version_of(self, rule_id: str) -> str:
        """The version of the sound rule of that name (rule_version.py); "" if there is none."""
        loaded = self._rules.get(rule_id)
        return loaded.version if loaded is not None else ""

    def with_rule(self, item: Mapping[str, Any]) -> "RuleSet":
        """The set with this item added, or put in the place of the one with its `rule_id`."""
        changed = self._copy()
        changed._replace(*changed._take(item))
        return changed

    def without_rule(self, rule_id: str) -> "RuleSet":
        """The set without that rule; the same set if it is not there."""
        if not any(rule_id in known for known in (self._rules, self._errors, self._settings)):
            return self
        changed = self._copy()
        changed._release(rule_id)
        changed._rules.pop(rule_id, None)
        changed._errors.pop(rule_id, None)
        changed._replace(rule_id, None)
        return changed

    def only(self, rule_id: str) -> "RuleSet":
        """The set of this one rule. KeyError if there is no sound one of that name."""
        alone = RuleSet(self.timezone, held=self._held)
        alone._settings = self._settings
        alone._apply_brake()
        alone._rules = {rule_id: self._rules[rule_id]}
        alone._index = _Indexed(alone._rules.values(), self.timezone)
        alone._indexed = dict(alone._rules)
        return alone

    def _copy(self) -> "RuleSet":
        other = RuleSet.__new__(RuleSet)
        other.timezone = self.timezone
        other._rules = dict(self._rules)
        other._errors = dict(self._errors)
        other._held = self._held
        other._settings = dict(self._settings)
        other.brake = self.brake
        other._index = self._index
        other._changes = dict(self._changes)
        other._changes_index = self._changes_index
        other._indexed = self._indexed
        other._superseded = self._superseded
        other._resolution = self._resolution
        other._version = ""
        return other

    def _replace(self, key: object, loaded: LoadedRule | None) -> None:
        """Keep the change beside the large index; rebuild that when changes have piled up."""
        before = self._changes.pop(key, None) or self._indexed.get(key)
        if before is not None:
            self._superseded |= {before.effect}
        if loaded is not None:
            self._changes[key] = loaded
        if len(self._changes) + len(self._superseded) > _MOST_CHANGES:
            self._index = _Indexed(self._rules.values(), self.timezone)
            self._indexed = dict(self._rules)
            self._changes, self._superseded = {}, frozenset()
        self._changes_index = _Indexed(self._changes.values(), self.timezone)
        self._resolution = _memoized(self._superseded, held=self.brake.is_on)

    # --- matching ------------------------------------------------------------------------------------------

    def match(self, invoice: IncomingInvoice, *, now: datetime) -> Match:
        """What the rules say about this invoice, for the invoice and for each of its bookings."""
        hits: list[Effect] = []
        index, changes = self._index, self._changes_index
        for collect, arguments in index.invoice:
            collect(invoice, None, now, hits, arguments)
        for collect, arguments in changes.invoice:
            collect(invoice, None, now, hits, arguments)
        if index.booking or changes.booking:
            return self._decided_per_booking(invoice, now, hits)
        # Every booking meets the same rules.
        resolution = self._resolution(tuple(hits)) if hits else NO_MATCH
        lines = len(invoice.bookings or _NO_BOOKING)
        return resolution.of_one_line if lines == 1 else resolution.match(lines)

    def firing(self, invoice: IncomingInvoice, *, now: datetime) -> tuple[frozenset[str], ...]:
        """The rules that fire, whichever decides, for each of the invoice's bookings (one virtual if it has none)."""
        found: list[frozenset[str]] = []
        for booking in invoice.bookings or _NO_BOOKING:
            hits: list[Effect] = []
            for index in (self._index, self._changes_index):
                for collect, arguments in index.invoice:
                    collect(invoice, None, now, hits, arguments)
                for collect, arguments in index.booking:
                    collect(invoice, booking, now, hits, arguments)
            found.append(frozenset(hit.rule_id for hit in hits if hit not in self._superseded))
        return tuple(found)

    def _decided_per_booking(self, invoice: IncomingInvoice, now: datetime, shared: list[Effect]) -> Match:
        steps = (*self._index.booking, *self._changes_index.booking)
        everywhere = dict.fromkeys(shared)
        resolutions: list[Resolution] = []
        for booking in invoice.bookings or _NO_BOOKING:
            own: list[Effect] = []
            for collect, arguments in steps:
                collect(invoice, booking, now, own, arguments)
            everywhere |= dict.fromkeys(own)
            resolutions.append(self._resolution((*shared, *own)))
        together = self._resolution(tuple(everywhere))
        booking_suggestions = tuple([resolution.booking_suggestions for resolution in resolutions])
        return Match(
            together.invoice,
            tuple([resolution.booking for resolution in resolutions]),
            Suggestions(together.invoice_suggestions, booking_suggestions, together.review_suggestions),
            together.reviews,
            together.held,
        )


_NO_BOOKING: tuple[Booking | None, ...] = (None,)
"""Stands for the line that an invoice without bookings lacks."""


def _memoized(superseded: frozenset[Effect], *, held: bool) -> Callable[[tuple[Effect, ...]], Resolution]:
    """What rules decide together, superseded ones left out."""

    @lru_cache(_MOST_RESOLUTIONS)
    def resolution(hits: tuple[Effect, ...]) -> Resolution:
        return Resolution(sorted({hit for hit in hits if hit not in superseded}, key=_in_order), held=held)

    return resolution
