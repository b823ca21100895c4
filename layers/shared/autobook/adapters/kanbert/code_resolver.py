"""Resolves the codes that people use to Kanbert's ids; keeps them for a few minutes."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from autobook.adapters.kanbert.client import KanbertClient
from autobook.adapters.kanbert.pages import equals
from autobook.domain.kanbert import ChartOfAccount

_KNOWN_FOR: Final = 300.0
"""Seconds."""
_UNKNOWN_FOR: Final = 30.0
"""Seconds: less, for a person who has just added an account."""
_PAGE_SIZE: Final = 100


class KanbertCodeResolver:
    """Accounts by code, positions by code or title, projects and clients by shortcode.

    Editors and payment accounts have no list operation: a rule names them as `id:…`.
    """

    def __init__(self, client: KanbertClient, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._resolved: dict[tuple[str, str], tuple[float, str | None]] = {}
        self._accounts: tuple[float, Mapping[tuple[str, str], frozenset[str]]] | None = None

    def resolve(self, field: str, code: str) -> str | None:
        """The id behind a rule's value (`account`, `7380`); None where there is none, or more than one."""
        now = self._monotonic()
        until, known = self._resolved.get((field, code), (now, None))
        if now < until:
            return known
        match field:
            case "account" | "position":
                ids = self._by_account(now).get((field, code), frozenset())
            case "project":
                ids = frozenset(
                    each.id
                    for each in self._client.projects(filter=equals("shortcode", code))
                    if each.shortcode == code
                )
            case "client":
                ids = frozenset(
                    each.id for each in self._client.clients(filter=equals("shortcode", code)) if each.shortcode == code
                )
            case _:
                ids = frozenset()
        found = next(iter(ids)) if len(ids) == 1 else None
        self._resolved[field, code] = (now + (_KNOWN_FOR if found else _UNKNOWN_FOR), found)
        return found

    def _by_account(self, now: float) -> Mapping[tuple[str, str], frozenset[str]]:
        """The whole chart of accounts, which is small, by code."""
        if self._accounts is None or now >= self._accounts[0]:
            ids: dict[tuple[str, str], frozenset[str]] = {}
            for key, each in _keys(self._client.chart_of_accounts(page_size=_PAGE_SIZE)):
                ids[key] = ids.get(key, frozenset()) | {each}
            self._accounts = (now + _UNKNOWN_FOR, ids)
        return self._accounts[1]


def _keys(accounts: Iterator[ChartOfAccount]) -> Iterator[tuple[tuple[str, str], str]]:
    for account in accounts:
        if account.code:
            yield ("account", account.code), account.id
        for position in account.listed_positions:
            names = {position.code, position.title} - {None, ""}
            for name in names:
                if position.id and name:
                    yield ("position", name), position.id
