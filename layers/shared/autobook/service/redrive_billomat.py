"""Puts invoices that waited for a mapping to Billomat back into their queue, once it is there.

A letter that is put back may come after newer events of its document. That is harmless: an event only says which
document to look at, and what is exported is its present state (service/export_billomat.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from autobook.domain.awaiting import AwaitingLetter
from autobook.domain.billomat import ACCOUNT, SUPPLIER
from autobook.domain.errors import AwaitsMapping
from autobook.service.export_ports import AwaitingLetters, BillomatMappings
from autobook.service.ports import Clock

_LEAST_TIME: Final = 15.0
"""Seconds: with less left no further letters are looked at; the next run begins anew."""


@dataclass(frozen=True, slots=True)
class RedriveResult:
    """How many letters were put back, how many still wait for a mapping; `complete` where all were looked at."""

    redriven: int
    waiting: int
    complete: bool


@dataclass(frozen=True, slots=True)
class RedriveToBillomat:
    """The use case. Letters that wait for nothing of ours are left to people."""

    letters: AwaitingLetters
    mappings: BillomatMappings
    clock: Clock
    remaining: Callable[[], float]

    def __call__(self) -> RedriveResult:
        """Look at every letter once."""
        left: list[AwaitingLetter] = []
        there: dict[str, bool] = {}
        redriven, complete = 0, True
        try:
            for batch in self.letters.batches():
                for letter in batch:
                    if self._may_go_on(letter, there):
                        self.letters.redrive(letter)
                        redriven += 1
                    else:
                        left.append(letter)
                if self.remaining() < _LEAST_TIME:
                    complete = False
                    break
        finally:
            for letter in left:
                self.letters.release(letter)
        return RedriveResult(redriven, sum(bool(letter.awaits) for letter in left), complete)

    def _may_go_on(self, letter: AwaitingLetter, there: dict[str, bool]) -> bool:
        if letter.is_due(self.clock()):
            return True
        for mapping in letter.awaits:
            if mapping not in there:
                there[mapping] = self._is_there(mapping)
        return bool(letter.awaits) and all(there[mapping] for mapping in letter.awaits)

    def _is_there(self, mapping: str) -> bool:
        kind, _, name = mapping.partition(":")
        lookups: dict[str, Callable[[str], object]] = {
            SUPPLIER: self.mappings.supplier,
            ACCOUNT: self.mappings.expense_account,
        }
        try:
            return kind in lookups and lookups[kind](name) is not None
        except AwaitsMapping:  # it is there, and makes no sense
            return False
