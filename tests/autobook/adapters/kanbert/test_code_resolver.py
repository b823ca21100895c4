"""What Kanbert has by a code, asked of the simulator."""

from collections.abc import Callable
from typing import Any

import pytest

from autobook.adapters.kanbert import KanbertClient, KanbertCodeResolver
from autobook.domain.codes import Candidate, Code
from autobook_sim.kanbert.server import Running


class Clock:
    """Seconds that stand still until they are moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Now."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Its own for each test."""
    return Clock()


@pytest.fixture
def resolver(client: KanbertClient, clock: Clock) -> KanbertCodeResolver:
    """Fresh, and with a clock that stands still."""
    return KanbertCodeResolver(client, clock)


@pytest.fixture
def tables(simulator: Running, client: KanbertClient) -> dict[str, dict[str, Any]]:
    """The simulator's records, by table and id."""
    assert client
    return simulator.kanbert.store.tables


def ids(resolver: KanbertCodeResolver, code: Code, *, fresh: bool = False) -> list[str]:
    return [each.id for each in resolver.candidates([code], fresh=fresh)[code]]


def titles(resolver: KanbertCodeResolver, code: Code) -> list[str]:
    return [each.title for each in resolver.candidates([code])[code]]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (("account", "7380"), ["Telefon und Internet"]),
        (("account", " 7380\u200b "), ["Telefon und Internet"]),
        (("account", "9999"), []),
        (("project", "P-42"), ["Kampagne Frühling"]),
        (("project", " p-42"), ["Kampagne Frühling"]),
        (("project", "P-4"), []),
        (("client", "ALPEN"), ["Alpenmilch Genossenschaft"]),
        (("client", "Alpen"), ["Alpenmilch Genossenschaft"]),
        (("client", "alpen"), ["Alpenmilch Genossenschaft"]),
        (("client", 'quote " and \\ backslash'), []),
        (("position", "MOBILFUNK"), ["Mobilfunk"]),
        (("position", "Ausland"), ["Ausland", "Ausland"]),
        (("editor", "anna"), []),
        (("payment_account", "Handkasse"), []),
    ],
)
def test_found(resolver: KanbertCodeResolver, code: Code, found: list[str]) -> None:
    """Codes are found in any case and with blanks around them, and nothing that only resembles them is."""
    assert titles(resolver, code) == found


def test_a_position_tells_its_account(resolver: KanbertCodeResolver, client: KanbertClient) -> None:
    """The same name stands under several accounts."""
    accounts = {each.id: each.code for each in client.chart_of_accounts()}
    found = resolver.candidates([("position", "Ausland")])[("position", "Ausland")]
    assert {(each.account_code, accounts[each.account_id]) for each in found} == {("7340", "7340"), ("7350", "7350")}


def test_dates(resolver: KanbertCodeResolver, tables: dict[str, dict[str, Any]]) -> None:
    """When an account or a project begins and ends is told, however odd it is in others."""
    account, other = list(tables["chart_of_accounts"].values())[:2]
    account["end_date"], other["end_date"] = "2025-12-31T00:00:00.000000Z", "0000-00-00"
    project = next(iter(tables["projects"].values()))
    project["start_date"], project["end_date"] = "2024-12-31T23:00:00.000000Z", "2025-06-30"
    (found,) = resolver.candidates([("account", account["code"])])[("account", account["code"])]
    assert str(found.end) == "2025-12-31 00:00:00+00:00"
    (found,) = resolver.candidates([("account", other["code"])])[("account", other["code"])]
    assert found.end is None
    key = ("project", project["shortcode"])
    (found,) = resolver.candidates([key])[key]
    assert (str(found.start), str(found.end)) == ("2024-12-31 23:00:00+00:00", "2025-06-30")


def test_one_odd_account_hides_no_other(resolver: KanbertCodeResolver, tables: dict[str, dict[str, Any]]) -> None:
    """An account, or a position, that cannot be read is left out; the others are found."""
    first, second = list(tables["chart_of_accounts"].values())[:2]
    first["id"] = None
    second["_positions"] = [{"id": {"odd": 1}, "title": ["odd"]}, *second["_positions"]]
    assert ids(resolver, ("account", "7380"))
    assert ids(resolver, ("position", second["_positions"][1]["title"]))


class TestMemory:
    CODES: tuple[Code, ...] = (
        ("account", "7380"), ("position", "Mobilfunk"), ("position", "Ausland"), ("project", "P-42"),
        ("client", "ALPEN"), ("editor", "anna"),
    )  # fmt: skip

    def test_found_codes_are_asked_for_once(
        self, resolver: KanbertCodeResolver, control: Callable[..., Any], clock: Clock
    ) -> None:
        """One walk of the chart, one call for a project and one for a client; again after five minutes."""
        for calls in (3, 0):
            control("DELETE", "/requests")
            resolver.candidates(self.CODES)
            assert len(control("GET", "/requests")) == calls
        clock.now = 300
        resolver.candidates(self.CODES)
        assert len(control("GET", "/requests")) == 3

    def test_missing_codes_are_asked_for_again(
        self,
        resolver: KanbertCodeResolver,
        tables: dict[str, dict[str, Any]],
        control: Callable[..., Any],
        simulator: Running,
    ) -> None:
        """A code that was added a moment ago is found the next time."""
        missing: list[Code] = [("account", "9999"), ("project", "P-99"), ("account", "9998")]
        assert set(resolver.candidates(missing).values()) == {()}
        account = next(iter(tables["chart_of_accounts"].values()))
        tables["chart_of_accounts"]["new"] = account | {"id": "new", "code": "9999"}
        project = next(iter(tables["projects"].values()))
        tables["projects"]["new"] = project | {"id": "new", "shortcode": "P-99"}
        control("DELETE", "/requests")
        simulator.kanbert.store.touch()
        assert [[each.id for each in found] for found in resolver.candidates(missing).values()] == [
            ["new"],
            ["new"],
            [],
        ]
        assert len(control("GET", "/requests")) == 2, "one walk of the chart for all of them"

    def test_fresh(self, resolver: KanbertCodeResolver, tables: dict[str, dict[str, Any]], simulator: Running) -> None:
        """Asked afresh, what was found before is looked up anew, and what has gone is not there."""
        account = next(each for each in tables["chart_of_accounts"].values() if each["code"] == "7380")
        key = ("account", "7380")
        assert ids(resolver, key) == [account["id"]]
        account["code"] = "7381"
        simulator.kanbert.store.touch()
        assert ids(resolver, key) == [account["id"]]
        assert ids(resolver, key, fresh=True) == []
        assert ids(resolver, key) == []


def test_description() -> None:
    """A candidate describes itself in the words of a message."""
    assert str(Candidate("a1", "7380", "Telefon")) == 'a1 ("Telefon")'
    assert str(Candidate("p1", "Print", "Print", account_id="a1", account_code="7380")) == "p1 of account 7380"
