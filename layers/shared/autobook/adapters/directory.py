"""What a person's codes stand for in Kanbert: `7380` is an account, `P-42` a project.

Kanbert is asked for one code at a time (`filter=code eq "7380"`), not for its whole chart of accounts, and an answer
is kept for a while.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autobook.adapters.kanbert import KanbertClient

_FOUND_AGE = 600.0
_MISSING_AGE = 30.0


class KanbertDirectory:
    """Looks codes up. A code is kept for ten minutes, that there is none of it for half a minute."""

    def __init__(self, client: "KanbertClient", monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._known: dict[tuple[str, str], tuple[str | None, float]] = {}
        self._look_up: Mapping[str, Callable[[str], Iterator[str]]] = {
            "account": lambda code: (a.id for a in client.chart_of_accounts(filter=_equals("code", code))),
            "position": lambda code: (
                position.id
                for account in client.chart_of_accounts(include=("positions",))
                for position in account.positions or ()
                if code in {position.code, position.title}
            ),
            "project": lambda code: (p.id for p in client.projects(filter=_equals("shortcode", code))),
            "client": lambda code: (c.id for c in client.clients(filter=_equals("shortcode", code))),
        }

    def find(self, field: str, code: str) -> str | None:
        """The id behind a rule's value; None where there is none, or more than one.

        Users and payment accounts have no list in the API: `editor` and `payment_account` work as `id:…` only.
        """
        key = (field, code)
        if key in self._known and self._known[key][1] > self._monotonic():
            return self._known[key][0]
        ids = set(self._look_up[field](code)) if field in self._look_up else set()
        found = ids.pop() if len(ids) == 1 else None
        self._known[key] = (found, self._monotonic() + (_FOUND_AGE if found else _MISSING_AGE))
        return found


def _equals(field: str, code: str) -> str:
    escaped = code.replace("\\", "\\\\").replace('"', '\\"')
    return f'{field} eq "{escaped}"'
