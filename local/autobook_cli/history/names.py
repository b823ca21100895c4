"""What accounts, positions, projects and clients are called, and what has the codes that rules give."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from autobook.domain.codes import Candidate, Code, ObjectName, normal_code
from autobook.domain.errors import AutobookError
from autobook.domain.kanbert import ChartOfAccount, Client, IncomingInvoice, Project, is_mark
from autobook.domain.provenance import FieldValue
from autobook.service.ports import CodeResolver
from autobook_cli.history.patience import Patience

_EMPTY: Final = "-"


@dataclass(frozen=True, slots=True)
class Named:
    """What an object is called. `code` is what a person knows it by, "" where it has none."""

    code: str
    title: str

    def __str__(self) -> str:
        return " ".join(dict.fromkeys(part for part in (self.code, self.title) if part))


class MasterData(Protocol):
    """The lists of Kanbert's master data."""

    def chart_of_accounts(self) -> Iterator[ChartOfAccount]:
        """Every account with its positions."""

    def projects(self) -> Iterator[Project]:
        """Every project."""

    def clients(self) -> Iterator[Client]:
        """Every client."""


@dataclass
class Names:
    """By field (`account`, `project` …) and id. One that is not known goes by its id."""

    known: dict[tuple[str, str], Named] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    """What Kanbert did not give, in sentences."""

    @classmethod
    def of_kanbert(cls, kanbert: MasterData, patience: Patience) -> "Names":
        """Everything that Kanbert lists. A list that cannot be had leaves ids without a name, and says so."""
        names = cls()
        names._take("accounts", patience, lambda: names.add_accounts(kanbert.chart_of_accounts()))
        names._take("projects", patience, lambda: names._add("project", _projects(kanbert.projects())))
        names._take("clients", patience, lambda: names._add("client", _clients(kanbert.clients())))
        return names

    def _take(self, what: str, patience: Patience, take: Callable[[], None]) -> None:
        try:
            patience(take)
        except AutobookError as error:
            self.refused.append(f"{what} go by their ids: {error}")

    def _add(self, kind: str, found: Iterable[tuple[str, Named]]) -> None:
        for identifier, named in found:
            self.known[kind, identifier] = named

    def add_accounts(self, accounts: Iterable[ChartOfAccount]) -> None:
        """Accounts, and their positions."""
        for account in accounts:
            self.known["account", account.id] = Named(account.code or "", account.title or "")
            for each in account.listed_positions:
                if each.id:
                    self.known["position", each.id] = Named(each.code or each.title or "", each.title or "")

    def add_invoice(self, invoice: IncomingInvoice) -> None:
        """The accounts that its lines show."""
        displayed = [line.chart_of_account for line in invoice.bookings or () if line.chart_of_account is not None]
        self.add_accounts(each for each in displayed if each.code or each.title)

    def named(self, kind: str, identifier: FieldValue) -> Named | None:
        """What it is called, where that is known. `code:7380` (an object that came without its id) names itself."""
        if not isinstance(identifier, str):
            return None
        if is_mark(identifier):
            return Named(identifier.partition(":")[2], "")
        return self.known.get((kind, identifier))

    def text(self, kind: str, value: FieldValue) -> str:
        """The value for people: code and title, or what is known; `-` where it is empty."""
        if not value:
            return _EMPTY
        if isinstance(value, tuple):
            return ", ".join(value)
        return str(self.named(kind, value) or value)

    def same(self, kind: str, one: FieldValue, other: FieldValue) -> bool:
        """True if both are one object: an object that came without its id is known by its code or title."""
        if one == other:
            return True
        if not isinstance(one, str) or not isinstance(other, str) or is_mark(one) == is_mark(other):
            return False
        first, second = self.named(kind, one), self.named(kind, other)
        if first is None or second is None:
            return False
        mark, known = (first, second) if is_mark(one) else (second, first)
        return normal_code(mark.code) in {normal_code(known.code), normal_code(known.title)}


def _projects(found: Iterator[Project]) -> Iterator[tuple[str, Named]]:
    return ((each.id, Named(each.shortcode or "", each.title or "")) for each in found)


def _clients(found: Iterator[Client]) -> Iterator[tuple[str, Named]]:
    return ((each.id, Named(each.shortcode or "", each.name or "")) for each in found)


class RememberedCodes:
    """Asks once for each code: the past is decided by the master data of one moment."""

    def __init__(self, resolver: CodeResolver, patience: Patience) -> None:
        self._resolver, self._patience = resolver, patience
        self._known: dict[Code, Sequence[Candidate]] = {}

    def candidates(self, codes: Collection[Code], *, fresh: bool = False) -> Mapping[Code, Sequence[Candidate]]:  # noqa: ARG002
        """Everything that has each of these codes."""
        if unknown := [code for code in codes if code not in self._known]:
            self._known |= self._patience(lambda: self._resolver.candidates(unknown))
        return {code: self._known[code] for code in codes}

    def names(self, objects: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], ObjectName]:
        """What these objects are called, as far as the resolver remembers."""
        return self._resolver.names(objects)


class AccountsOfInvoices:
    """The accounts that the lines of invoices show, by their code: all that is known without Kanbert."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Candidate]] = {}

    def add(self, invoice: IncomingInvoice) -> None:
        """Those of its lines."""
        for line in invoice.bookings or ():
            account = line.chart_of_account
            if account is not None and account.code:
                candidate = Candidate(
                    account.id, account.code, account.title or "", account.start_date, account.end_date
                )
                self._found.setdefault(normal_code(account.code), {})[account.id] = candidate

    def candidates(self, codes: Collection[Code], *, fresh: bool = False) -> Mapping[Code, Sequence[Candidate]]:  # noqa: ARG002
        """Accounts alone: an invoice names positions, projects and clients by their ids."""
        return {
            code: tuple(self._found.get(normal_code(code[1]), {}).values()) if code[0] == "account" else ()
            for code in codes
        }

    def names(self, objects: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], ObjectName]:  # noqa: ARG002
        """Nothing: decisions are compared by ids, and `Names` says what these are called."""
        return {}
