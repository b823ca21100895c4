"""Finds what has a code that people use: accounts, positions, projects, clients. Keeps it for a few minutes."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Final

from autobook.adapters.kanbert.client import KanbertClient
from autobook.adapters.kanbert.pages import equals_or_contains
from autobook.domain.codes import Candidate, Code, ObjectName, normal_code
from autobook.domain.kanbert import ChartOfAccount, Client, Project, moment_or_none
from autobook.domain.object_names import best_names

_KEPT_FOR: Final = 300.0
"""Seconds."""
_PAGE_SIZE: Final = 100

type _Found = Mapping[Code, tuple[Candidate, ...]]
"""By field and normal code."""


class KanbertCodeResolver:
    """Accounts by code, positions by code or title, projects and clients by shortcode.

    Editors and payment accounts have no list operation: a rule names them as `id:…`.
    """

    def __init__(self, client: KanbertClient, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._monotonic = monotonic
        self._kept: dict[Code, tuple[float, tuple[Candidate, ...]]] = {}
        """Until when, and what."""

    def candidates(self, codes: Collection[Code], *, fresh: bool = False) -> Mapping[Code, tuple[Candidate, ...]]:
        """Everything that has each of these codes. One that nothing has is never answered from memory."""
        now = self._monotonic()
        normal = {code: (code[0], normal_code(code[1])) for code in codes}
        wanted = {key for key in normal.values() if fresh or key not in self._kept or now >= self._kept[key][0]}
        if any(field in ("account", "position") for field, _ in wanted):
            self._keep(self._chart_of_accounts(), now)
        for (field, code), key in normal.items():
            if key in wanted and field in ("project", "client"):
                self._keep({key: tuple(self._with_shortcode(field, code.strip()))}, now)
        return {code: self._kept[key][1] if key in self._kept else () for code, key in normal.items()}

    def names(self, objects: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], ObjectName]:
        """What these objects (field and id) are called, as far as that is remembered."""
        kept = ((field, each) for (field, _), (_, candidates) in self._kept.items() for each in candidates)
        return best_names((field, each) for field, each in kept if (field, each.id) in objects)

    def _keep(self, found: _Found, now: float) -> None:
        self._kept |= {key: (now + _KEPT_FOR, candidates) for key, candidates in found.items()}
        for key in [key for key, candidates in found.items() if not candidates]:
            del self._kept[key]

    def _chart_of_accounts(self) -> _Found:
        """The whole chart of accounts, which is small. What has gone from it since the last time is empty."""
        found: dict[Code, tuple[Candidate, ...]] = {key: () for key in self._kept if key[0] in ("account", "position")}
        for field, name, candidate in _in_chart(self._client.chart_of_accounts(page_size=_PAGE_SIZE)):
            key = (field, normal_code(name))
            if key[1]:
                found[key] = (*found.get(key, ()), candidate)
        return found

    def _with_shortcode(self, field: str, code: str) -> Iterator[Candidate]:
        """Whether Kanbert's filter regards case is not documented: it gets either way, and what it finds is checked."""
        where = equals_or_contains("shortcode", code)
        found: Iterator[Project | Client] = (
            self._client.projects(filter=where) if field == "project" else self._client.clients(filter=where)
        )
        for each in found:
            if normal_code(each.shortcode or "") == normal_code(code):
                yield _candidate(each)


def _in_chart(accounts: Iterator[ChartOfAccount]) -> Iterator[tuple[str, str, Candidate]]:
    """Field, code (or a position's title), and what has it."""
    for account in accounts:
        code = account.code or ""
        yield (
            "account",
            code,
            Candidate(account.id, code, account.title or "", account.start_date, account.end_date),
        )
        for position in account.listed_positions:
            for name in {position.code, position.title} - {None, ""}:
                if position.id and name:
                    found = Candidate(position.id, name, position.title or "", account_id=account.id, account_code=code)
                    yield "position", name, found


def _candidate(found: Project | Client) -> Candidate:
    code = (found.shortcode or "").strip()
    if isinstance(found, Client):
        return Candidate(found.id, code, found.name or "")
    title, start, end = found.title or "", _day(found.start_date), _day(found.end_date)
    return Candidate(found.id, code, title, start, end, status=found.status or "")


def _day(written: str | None) -> date | datetime | None:
    """A date as Kanbert writes it, without a time; the moment where it has one."""
    moment = moment_or_none(written)
    return moment.date() if moment is not None and ":" not in str(written) else moment
